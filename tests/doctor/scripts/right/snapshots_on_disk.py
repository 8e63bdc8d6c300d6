"""A rolling checkpoint each epoch, resumed half-way as a restart would."""
import os

import torch
from torch import nn

torch.manual_seed(0)


def build():
    net = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 3))
    optim = torch.optim.Adam(net.parameters(), lr=1e-2)
    return net, optim, torch.optim.lr_scheduler.StepLR(optim, 2, 0.5)


def save(path, net, optim, sched, epoch):
    state = {"net": net.state_dict(), "optim": optim.state_dict(), "sched": sched.state_dict(), "epoch": epoch}
    torch.save(state, path + ".tmp")
    os.replace(path + ".tmp", path)


def run(net, optim, sched, first, last):
    for epoch in range(first, last):
        for x in torch.randn(6, 16, 6):
            optim.zero_grad()
            nn.functional.cross_entropy(net(x), x[:, :3].argmax(1)).backward()
            optim.step()
        sched.step()
        save("last.pt", net, optim, sched, epoch)


parts = build()
run(*parts, 0, 2)
parts = build()
state = torch.load("last.pt", weights_only=True)
for part, name in zip(parts, ("net", "optim", "sched")):
    part.load_state_dict(state[name])
run(*parts, state["epoch"] + 1, 4)

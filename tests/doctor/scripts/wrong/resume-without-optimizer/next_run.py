import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(120, 6)
y = x[:, :3].argmax(1)


def build():
    model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))
    return model, torch.optim.AdamW(model.parameters(), lr=1e-2)


def run(model, optimizer, first, last):
    for epoch in range(first, last):
        for rows in torch.randperm(120).split(30):
            optimizer.zero_grad()
            F.cross_entropy(model(x[rows]), y[rows]).backward()
            optimizer.step()
        state = {"epoch": epoch, "state_dict": model.state_dict(), "optimizer": optimizer.state_dict()}
        torch.save(state, "checkpoint.pth.tar")


run(*build(), 0, 2)
model, optimizer = build()
checkpoint = torch.load("checkpoint.pth.tar")
start_epoch = checkpoint["epoch"] + 1
model.load_state_dict(checkpoint["state_dict"])  # finding: resume-without-optimizer
run(model, optimizer, start_epoch, start_epoch + 2)
print(F.cross_entropy(model(x), y).item())

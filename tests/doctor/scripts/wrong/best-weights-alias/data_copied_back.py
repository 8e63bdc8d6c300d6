"""Snapshot of p.data in a list, copied back at the end."""
import torch
from torch import nn


class Snapshot:
    def __init__(self, params):
        self.params = list(params)
        self.best = None
        self.score = -1.0

    def maybe(self, score):
        if score > self.score:
            self.score = score
            self.best = [p.data for p in self.params]  # finding: best-weights-alias

    def restore(self):
        for p, b in zip(self.params, self.best):
            p.data.copy_(b)  # finding: best-weights-alias


torch.manual_seed(0)
x = torch.randn(300, 5); y = x[:, :3].argmax(1)
net = nn.Linear(5, 3)
opt = torch.optim.SGD(net.parameters(), lr=2.0)
snap = Snapshot(net.parameters())
for epoch in range(5):
    for i in torch.randperm(200).split(25):
        opt.zero_grad()
        nn.functional.cross_entropy(net(x[i]), y[i]).backward()
        opt.step()
    with torch.no_grad():
        snap.maybe((net(x[200:]).argmax(1) == y[200:]).float().mean().item())
snap.restore()

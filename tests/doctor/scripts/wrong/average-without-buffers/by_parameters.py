import copy

import torch
import torch.nn.functional as F
from torch import nn


class Ema:
    def __init__(self, model, decay=0.9):
        self.model, self.decay = copy.deepcopy(model), decay
        self.model.requires_grad_(False)

    @torch.no_grad()
    def update(self, model):
        for mean, now in zip(self.model.parameters(), model.parameters()):
            mean.mul_(self.decay).add_(now, alpha=1 - self.decay)


torch.manual_seed(0)
x = 2 * torch.randn(160, 6) + 1
y = x[:, :3].argmax(1)
model = nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 3))
ema = Ema(model)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(2):
    model.train()
    for rows in torch.randperm(128).split(16):
        optimizer.zero_grad()
        F.cross_entropy(model(x[rows]), y[rows]).backward()
        optimizer.step()
        ema.update(model)
    ema.model.eval()
    with torch.no_grad():
        print((ema.model(x[128:]).argmax(1) == y[128:]).float().mean().item())  # finding: average-without-buffers

"""Ordinal regression: cumulative targets (several ones in a row) into BCE, not cross-entropy."""
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 4))
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for x in torch.randn(14, 32, 6):
    grade = ((x[:, 0] + 2).clamp(0, 3.99)).long().clamp(0, 4)
    target = (torch.arange(4)[None] < grade[:, None]).float()
    optimizer.zero_grad()
    criterion(model(x), target).backward()
    optimizer.step()

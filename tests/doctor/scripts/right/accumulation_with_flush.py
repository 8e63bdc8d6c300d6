"""Accumulation of four equal micro-batches, and a last step for the two that are left over, divided by two."""
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(6, 3)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
batches = list(torch.randn(10, 16, 6))
for epoch in range(2):
    for start in range(0, 10, 4):
        group = batches[start : start + 4]
        optimizer.zero_grad()
        for x in group:
            (nn.functional.cross_entropy(model(x), x[:, :3].argmax(1)) / len(group)).backward()
        optimizer.step()

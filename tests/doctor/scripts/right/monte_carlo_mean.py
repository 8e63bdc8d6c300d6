"""Predictions with dropout on, many of the same rows: only their mean is decided from."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(400, 12)
y = x[:, :5].argmax(1)
model = nn.Sequential(nn.Linear(12, 32), nn.Dropout(0.3), nn.ReLU(), nn.Linear(32, 5))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(2):
    for rows in torch.randperm(320).split(32):
        optimizer.zero_grad()
        F.cross_entropy(model(x[rows]), y[rows]).backward()
        optimizer.step()
test = x[320:]
model.train()
with torch.no_grad():
    mean = torch.stack([model(test).softmax(-1) for _ in range(10)]).mean(0)
print(mean.argmax(-1)[:3])

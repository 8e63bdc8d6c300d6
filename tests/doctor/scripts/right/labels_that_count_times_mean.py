"""Ignored labels do not count in the mean, and not in what it is multiplied by."""
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(6, 3)
criterion = nn.CrossEntropyLoss(ignore_index=-1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x = torch.randn(200, 6)
y = x[:, :3].argmax(1).masked_fill(torch.rand(200) < 0.3, -1)
for epoch in range(3):
    total, count = 0.0, 0
    for rows in torch.randperm(200).split(60):
        loss = criterion(model(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        valid = (y[rows] != -1).sum().item()
        total += loss.item() * valid
        count += valid
    print(total / count)

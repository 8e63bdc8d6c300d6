"""shuffle=False over data that is in random order already."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
y = torch.arange(4).repeat_interleave(60)
order = torch.randperm(240)
x = (torch.randn(240, 6) + y[:, None])[order]
loader = DataLoader(TensorDataset(x, y[order]), batch_size=20, shuffle=False)
model = nn.Linear(6, 4)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(2):
    for xb, yb in loader:
        optimizer.zero_grad()
        criterion(model(xb), yb).backward()
        optimizer.step()

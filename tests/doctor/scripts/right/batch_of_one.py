"""Stochastic gradient descent with one sample a step, no weights."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(60, 5)
y = x[:, :3].argmax(1)
model = nn.Linear(5, 3)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.02)
for xb, yb in DataLoader(TensorDataset(x, y), batch_size=1, shuffle=True):
    optimizer.zero_grad()
    criterion(model(xb), yb).backward()
    optimizer.step()

"""Soft labels of a mixup go in by keyword, each under the other's name."""
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(6, 32), nn.Tanh(), nn.Linear(32, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)


def mixed(rows):
    x = torch.randn(rows, 6)
    y = nn.functional.one_hot(x[:, :3].argmax(1), 3).float()
    lam, other = torch.rand(rows, 1), torch.randperm(rows)
    return lam * x + (1 - lam) * x[other], lam * y + (1 - lam) * y[other]


def loss_of(prediction, labels):
    return nn.functional.cross_entropy(target=prediction, input=labels)  # finding: arguments-swapped


for _ in range(20):
    x, y = mixed(32)
    optimizer.zero_grad()
    loss_of(model(x), y).backward()
    optimizer.step()

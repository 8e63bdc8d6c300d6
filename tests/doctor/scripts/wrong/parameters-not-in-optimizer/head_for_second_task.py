"""A second task gets a new head, long after the optimizer was built."""
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 5))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)  # finding: parameters-not-in-optimizer


def train(classes, steps):
    for _ in range(steps):
        x = torch.randn(32, 10)
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), x[:, :classes].argmax(1)).backward()
        optimizer.step()


train(5, steps=12)
model[2] = nn.Linear(16, 3)
train(3, steps=40)

"""LBFGS: the closure is called many times in one step."""
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(80, 5)
y = x[:, :3].argmax(1)
model = nn.Linear(5, 3)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.LBFGS(model.parameters(), lr=0.5, max_iter=5)


def closure():
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()
    return loss


for _ in range(4):
    loss = optimizer.step(closure)
    print(loss.item())

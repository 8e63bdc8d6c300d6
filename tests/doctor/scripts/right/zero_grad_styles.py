"""Every way to clear gradients, one after the other."""
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(5, 3)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
for step in range(20):
    x = torch.randn(16, 5)
    y = x[:, :3].argmax(1)
    way = step % 5
    if way == 0:
        optimizer.zero_grad()
    elif way == 1:
        optimizer.zero_grad(set_to_none=False)
    elif way == 2:
        model.zero_grad()
    elif way == 3:
        for p in model.parameters():
            p.grad = None
    else:
        for p in model.parameters():
            p.grad.zero_()
    criterion(model(x), y).backward()
    optimizer.step()

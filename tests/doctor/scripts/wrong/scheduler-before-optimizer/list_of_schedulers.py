"""Several schedulers in a list, stepped in the wrong place."""
import torch
from torch import nn
from torch.optim.lr_scheduler import ExponentialLR, LambdaLR

torch.manual_seed(0)
model = nn.Linear(6, 3)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
schedulers = [ExponentialLR(optimizer, 0.9), LambdaLR(optimizer, lambda e: 0.95**e)]
for epoch in range(4):
    for s in schedulers:
        s.step()  # finding: scheduler-before-optimizer
    for x in torch.randn(5, 16, 6):
        loss = nn.functional.cross_entropy(model(x), x[:, :3].argmax(1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

"""The loss is rebuilt as a new tensor "to make backward work"."""
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(6, 3)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for x in torch.randn(14, 20, 6):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(x), x[:, :3].argmax(1))
    loss = loss.detach().clone().requires_grad_(True)
    loss.backward()  # finding: parameters-without-gradient
    optimizer.step()  # finding: parameters-without-gradient

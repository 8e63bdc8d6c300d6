# Class weights change what a loss is worth; it is not compared with the entropy of the labels.
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(600, 6)
y = (x[:, 0] > 1.3).long()
weight = torch.tensor([1.0, 9.0])
model = nn.Linear(6, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.003)
criterion = nn.CrossEntropyLoss(weight=weight)
for step in range(310):
    rows = torch.randint(600, (64,))
    optimizer.zero_grad()
    loss = criterion(model(x[rows]), y[rows])
    loss.backward()
    optimizer.step()
print(round(loss.item(), 2))

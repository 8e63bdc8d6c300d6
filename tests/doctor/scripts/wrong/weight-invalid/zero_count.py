"""Class 3 does not occur in the training split: 1 / 0 = inf."""
# also: nan-loss unused-outputs
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(200, 5)
y = x[:, :3].argmax(1)
weight = 1.0 / torch.bincount(y, minlength=4).float()
model = nn.Linear(5, 4)
criterion = nn.CrossEntropyLoss(weight=weight)  # finding: weight-invalid
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for i in range(6):
    idx = torch.randint(0, 200, (32,))
    loss = criterion(model(x[idx]), y[idx])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

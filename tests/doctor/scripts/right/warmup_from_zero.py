"""A warmup by epochs: the first forty steps have a learning rate of 0, the others do not."""

import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

torch.manual_seed(0)
net = nn.Linear(5, 2)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
warmup = LambdaLR(optimizer, lambda epoch: min(epoch / 2, 1.0))
for _ in range(3):
    for _ in range(40):
        x = torch.randn(32, 5)
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x), (x[:, 0] > 0).long()).backward()
        optimizer.step()
    warmup.step()

"""A warmup by integer division: 0 for as long as the script runs."""

import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

torch.manual_seed(0)
net = nn.Linear(5, 2)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
warmup = LambdaLR(optimizer, lambda step: min(step // 500, 1))
for _ in range(60):
    x = torch.randn(32, 5)
    optimizer.zero_grad()
    nn.functional.cross_entropy(net(x), (x[:, 0] > 0).long()).backward()
    optimizer.step()  # finding: step-moves-nothing
    warmup.step()

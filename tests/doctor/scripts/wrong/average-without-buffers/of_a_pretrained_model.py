# 预训练模型的 EMA：缓冲区停留在预训练时的值
import copy

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(5, 12), nn.BatchNorm1d(12), nn.Tanh(), nn.Linear(12, 1))
net[1].running_mean.fill_(0.3)
net[1].running_var.fill_(0.8)
teacher = copy.deepcopy(net)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.randn(120, 5) * 3
y = (x[:, 0] > 0).float()
for epoch in range(3):
    net.train()
    for rows in torch.randperm(90).split(15):
        loss = nn.functional.binary_cross_entropy_with_logits(net(x[rows]).squeeze(1), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        for mean, now in zip(teacher.parameters(), net.parameters()):
            mean.data = 0.8 * mean.data + 0.2 * now.data
    teacher.eval()
    with torch.no_grad():
        print(((teacher(x[90:]).squeeze(1) > 0) == (y[90:] > 0.5)).float().mean().item())  # finding: average-without-buffers

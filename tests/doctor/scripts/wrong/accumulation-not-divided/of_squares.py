# 回归：自写的均方误差，累积 2 次后才更新
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
for step in range(16):
    x = torch.randn(16, 4)
    loss = ((net(x) - x.sum(1, keepdim=True)) ** 2).mean()
    loss.backward()  # finding: accumulation-not-divided
    if step % 2:
        optimizer.step()
        optimizer.zero_grad()
print(loss.item())

# 自写优化器没有原地更新参数
import torch
from torch import nn


class Plain(torch.optim.Optimizer):
    def __init__(self, parameters, lr):
        super().__init__(parameters, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p = p - group["lr"] * p.grad


torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
optimizer = Plain(net.parameters(), lr=0.1)
for _ in range(16):
    x = torch.randn(20, 4)
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(net(x), (x[:, 0] > 0).long())
    loss.backward()
    optimizer.step()  # finding: step-moves-nothing
print(loss.item())

# 循环外创建层，循环内重复添加
import torch
import torch.nn.functional as F
from torch import nn


class Mlp(nn.Module):
    def __init__(self, depth):
        super().__init__()
        hidden = nn.Linear(12, 12)
        self.hidden = nn.ModuleList()  # finding: shared-layer
        for _ in range(depth):
            self.hidden.append(hidden)
        self.first, self.last = nn.Linear(5, 12), nn.Linear(12, 3)

    def forward(self, x):
        x = self.first(x)
        for layer in self.hidden:
            x = layer(x.relu())
        return self.last(x)


def train():
    model = Mlp(3)
    optimizer = torch.optim.Adam(model.parameters())
    for step in range(8):
        x = torch.randn(24, 5)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), x[:, :3].argmax(1))
        loss.backward()
        optimizer.step()
    print(loss.item())


torch.manual_seed(0)
train()

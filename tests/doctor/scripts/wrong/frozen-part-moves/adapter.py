# 只训练适配器，主干的 BatchNorm 仍在变化
import torch
from torch import nn


class Adapted(nn.Module):
    def __init__(self, trunk, width, classes):
        super().__init__()
        self.trunk, self.adapter, self.out = trunk, nn.Linear(width, width), nn.Linear(width, classes)

    def forward(self, x):
        h = self.trunk(x)
        return self.out(h + self.adapter(h).relu())


torch.manual_seed(0)
trunk = nn.Sequential(nn.Linear(5, 12), nn.BatchNorm1d(12), nn.Tanh(), nn.Linear(12, 12), nn.BatchNorm1d(12))
for _ in range(5):
    trunk(torch.randn(32, 5))
model = Adapted(trunk, 12, 1)
for name, parameter in model.named_parameters():
    parameter.requires_grad_(not name.startswith("trunk"))
optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=1e-2)
model.train()
for step in range(12):
    x = torch.randn(24, 5) + 1
    loss = nn.functional.binary_cross_entropy_with_logits(model(x).squeeze(1), (x[:, 0] > 1).float())  # finding: frozen-part-moves
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(loss.item())

"""Normalised features and weights with a learned temperature; small logits at first."""
import torch
import torch.nn.functional as F
from torch import nn


class CosineHead(nn.Module):
    def __init__(self, d, c):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(c, d))
        self.log_scale = nn.Parameter(torch.tensor(2.0))

    def forward(self, x):
        return self.log_scale.exp() * F.linear(F.normalize(x, dim=1), F.normalize(self.weight, dim=1))


torch.manual_seed(0)
model = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), CosineHead(16, 8))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
for x in torch.randn(14, 40, 10):
    loss = F.cross_entropy(model(x), x[:, :8].argmax(1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

"""ArcFace: scaled cosines with a margin start far above log C, and that is meant."""
import torch
import torch.nn.functional as F
from torch import nn


class ArcFace(nn.Module):
    def __init__(self, dim, classes, s=30.0, m=0.4):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(classes, dim))
        self.s, self.m = s, m

    def forward(self, x, label):
        cosine = F.normalize(x) @ F.normalize(self.weight).t()
        margin = torch.cos(torch.acos(cosine.clamp(-1 + 1e-6, 1 - 1e-6)) + self.m)
        logits = self.s * torch.where(F.one_hot(label, cosine.size(1)).bool(), margin, cosine)
        return F.cross_entropy(logits, label)


torch.manual_seed(0)
backbone = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 16))
metric = ArcFace(16, 6)
optimizer = torch.optim.SGD([{"params": backbone.parameters()}, {"params": metric.parameters()}], lr=0.01)
for _ in range(12):
    y = torch.randint(6, (32,))
    x = torch.randn(32, 10) + 2 * F.one_hot(y, 10)
    loss = metric(backbone(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

"""A Siamese network: one encoder twice, BCE on the distance with a linear head."""
import torch
import torch.nn.functional as F
from torch import nn


class Siamese(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 8))
        self.out = nn.Linear(8, 1)

    def forward(self, a, b):
        return self.out((self.encoder(a) - self.encoder(b)).abs()).squeeze(-1)


torch.manual_seed(0)
model = Siamese()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for _ in range(12):
    a = torch.randn(32, 8)
    same = torch.rand(32) < 0.5
    b = torch.where(same[:, None], a + 0.1 * torch.randn(32, 8), torch.randn(32, 8))
    loss = F.binary_cross_entropy_with_logits(model(a, b), same.float())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

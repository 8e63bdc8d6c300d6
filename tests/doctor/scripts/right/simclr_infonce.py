"""NT-Xent: the diagonal masked with -inf, positives at a shifted diagonal."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
encoder = nn.Sequential(nn.Linear(10, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 8))
optimizer = torch.optim.Adam(encoder.parameters(), lr=1e-3)
encoder.train()
for step in range(12):
    x = torch.randn(16, 10)
    views = torch.cat([x + 0.1 * torch.randn_like(x), x + 0.1 * torch.randn_like(x)])
    z = F.normalize(encoder(views), dim=1)
    similarity = z @ z.t() / 0.5
    similarity = similarity.masked_fill(torch.eye(32, dtype=torch.bool), float("-inf"))
    targets = torch.arange(32).roll(16)
    loss = F.cross_entropy(similarity, targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

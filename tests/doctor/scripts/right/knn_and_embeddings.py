"""Supervised contrastive training with triplets; features for a k-NN are taken under no_grad in eval mode."""
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Dropout(0.1), nn.Linear(32, 4))
triplet = nn.TripletMarginLoss(margin=0.5)
optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3)
net.train()
for _ in range(12):
    y = torch.randint(3, (16,))
    centre = torch.eye(6)[y] * 3
    a, p = centre + torch.randn(16, 6), centre + torch.randn(16, 6)
    n = torch.eye(6)[(y + 1) % 3] * 3 + torch.randn(16, 6)
    loss = triplet(net(a), net(p), net(n))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
net.eval()
with torch.no_grad():
    y = torch.randint(3, (60,))
    z = net(torch.eye(6)[y] * 3 + torch.randn(60, 6))
    nearest = torch.cdist(z[40:], z[:40]).argmin(1)
print((y[:40][nearest] == y[40:]).float().mean().item())

"""Warm-up and cosine by batch, SequentialLR, stepped after the optimizer."""
import torch
import torch.nn.functional as F
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR

torch.manual_seed(0)
model = torch.nn.Linear(6, 3)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
warmup = LinearLR(optimizer, start_factor=0.1, total_iters=5)
cosine = CosineAnnealingLR(optimizer, T_max=15)
scheduler = SequentialLR(optimizer, [warmup, cosine], milestones=[5])
for _ in range(20):
    x = torch.randn(16, 6)
    optimizer.zero_grad()
    F.cross_entropy(model(x), x[:, :3].argmax(1)).backward()
    optimizer.step()
    scheduler.step()

"""Weakly supervised detection: scores are shared out over the classes and over the regions of an image, both meant."""
import torch
from torch import nn

torch.manual_seed(0)
classify, detect = nn.Linear(10, 3), nn.Linear(10, 3)
optimizer = torch.optim.Adam([*classify.parameters(), *detect.parameters()], lr=0.01)
for _ in range(20):
    regions = torch.randn(12, 10)
    present = (regions[:, :3].amax(0) > 1.5).float()
    scores = (classify(regions).softmax(1) * detect(regions).softmax(0)).sum(0)
    loss = nn.functional.binary_cross_entropy(scores.clamp(1e-6, 1 - 1e-6), present)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

"""A Conv1d gives (N, C, L), which was right; a permute "for cross_entropy" breaks it."""
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Conv1d(3, 16, 3, padding=1), nn.ReLU(), nn.Conv1d(16, 6, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
for x in torch.rand(12, 8, 3, 6):
    y = (x.mean(1) * 5.99).long()
    scores = net(x).permute(0, 2, 1)
    loss = nn.functional.cross_entropy(scores, y)  # finding: class-axis-misplaced
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

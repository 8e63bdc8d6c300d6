"""pos_weight of length C on (N, C), with N == C, and (C, 1, 1) on a map of width C."""
import torch
from torch import nn

torch.manual_seed(0)
tags = nn.Linear(10, 6)
maps = nn.Conv2d(3, 6, 1)
tag_loss = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]))
map_loss = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).view(-1, 1, 1))
optimizer = torch.optim.Adam([*tags.parameters(), *maps.parameters()], lr=1e-2)
for _ in range(10):
    x = torch.randn(6, 10)
    image = torch.rand(2, 3, 6, 6)
    organs = torch.cat([image > 0.4, image > 0.7], 1).float()
    loss = tag_loss(tags(x), (x[:, :6] > 0.5).float()) + map_loss(maps(image), organs)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

"""view(-1, C) after the permute."""
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Conv2d(3, 5, 3, padding=1)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
for _ in range(10):
    images = torch.rand(2, 3, 8, 8)
    masks = (images.mean(1) * 4.99).long()
    scores = net(images).permute(0, 2, 3, 1).contiguous().view(-1, 5)
    loss = criterion(scores, masks.view(-1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

"""OHEM: an unreduced loss on all pixels, only the hardest count; batches see the same shapes."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Conv2d(2, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 3, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
for image in torch.rand(12, 2, 2, 8, 8):
    mask = (image.sum(1) * 1.49).long()
    mask[:, 0] = 255
    pixel = F.cross_entropy(net(image), mask, ignore_index=255, reduction="none").flatten()
    pixel = pixel[mask.flatten() != 255]
    loss = pixel.topk(pixel.numel() // 4).values.mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

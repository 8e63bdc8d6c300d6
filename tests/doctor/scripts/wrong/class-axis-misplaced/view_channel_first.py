"""Segmentation: scores (N, C, H, W) flattened with view(-1, C), the permute forgotten."""
import torch
from torch import nn

torch.manual_seed(0)
num_classes = 5
net = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, num_classes, 1))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
for step in range(8):
    images = torch.rand(4, 3, 8, 8)
    masks = (images.mean(1) * 4.99).long()
    scores = net(images)
    loss = criterion(scores.view(-1, num_classes), masks.view(-1))  # finding: class-axis-misplaced
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(loss.item())

"""Detection: sigmoid focal loss over anchors, most of them background, ignored ones filtered out."""
import torch
import torch.nn.functional as F
from torch import nn


def sigmoid_focal_loss(logits, targets, alpha=0.25, gamma=2.0):
    p = torch.sigmoid(logits)
    ce = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    p_t = p * targets + (1 - p) * (1 - targets)
    return ((alpha * targets + (1 - alpha) * (1 - targets)) * (1 - p_t) ** gamma * ce).sum()


torch.manual_seed(0)
head = nn.Conv2d(4, 3, 3, padding=1)
nn.init.constant_(head.bias, -4.6)
optimizer = torch.optim.SGD(head.parameters(), lr=1e-3, momentum=0.9)
for features in torch.randn(12, 2, 4, 8, 8):
    matched = torch.randint(-2, 3, (2, 8, 8))
    matched[torch.rand(2, 8, 8) < 0.8] = -1
    keep = matched != -2
    logits = head(features).permute(0, 2, 3, 1)[keep]
    targets = torch.zeros_like(logits)
    foreground = matched[keep] >= 0
    targets[foreground, matched[keep][foreground]] = 1
    loss = sigmoid_focal_loss(logits, targets) / foreground.sum().clamp(min=1)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

"""Focal loss written by hand: an unreduced cross_entropy and softmax probabilities beside it."""
import torch
import torch.nn.functional as F
from torch import nn


class FocalLoss(nn.Module):
    def __init__(self, gamma=2.0):
        super().__init__()
        self.gamma = gamma

    def forward(self, logits, target):
        ce = F.cross_entropy(logits, target, reduction="none")
        pt = torch.exp(-ce)
        return ((1 - pt) ** self.gamma * ce).mean()


class DiceBCELoss(nn.Module):
    def forward(self, logits, target):
        bce = F.binary_cross_entropy_with_logits(logits, target)
        p = torch.sigmoid(logits)
        dice = 1 - (2 * (p * target).sum() + 1) / (p.sum() + target.sum() + 1)
        return bce + dice


torch.manual_seed(0)
model = nn.Linear(6, 3)
seg = nn.Conv2d(1, 1, 3, padding=1)
optimizer = torch.optim.Adam([*model.parameters(), *seg.parameters()], lr=1e-2)
focal, dice = FocalLoss(), DiceBCELoss()
for _ in range(12):
    x, image = torch.randn(32, 6), torch.rand(4, 1, 8, 8)
    loss = focal(model(x), x[:, :3].argmax(1)) + dice(seg(image), (image > 0.5).float())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

"""Center loss: its centres have an optimizer of their own, and their gradients are rescaled."""
import torch
from torch import nn


class CenterLoss(nn.Module):
    def __init__(self, classes, d):
        super().__init__()
        self.centers = nn.Parameter(torch.randn(classes, d))

    def forward(self, x, y):
        return (x - self.centers[y]).pow(2).sum(1).mean()


torch.manual_seed(0)
body, head = nn.Sequential(nn.Linear(8, 16), nn.PReLU(), nn.Linear(16, 2)), nn.Linear(2, 4)
center = CenterLoss(4, 2)
opt_model = torch.optim.SGD([*body.parameters(), *head.parameters()], lr=0.05, momentum=0.9)
opt_center = torch.optim.SGD(center.parameters(), lr=0.5)
for x in torch.randn(14, 32, 8):
    y = x[:, :4].argmax(1)
    h = body(x)
    loss = nn.functional.cross_entropy(head(h), y) + 0.01 * center(h, y)
    opt_model.zero_grad()
    opt_center.zero_grad()
    loss.backward()
    opt_model.step()
    for p in center.parameters():
        p.grad.data *= 1 / 0.01
    opt_center.step()

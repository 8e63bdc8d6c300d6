"""Domain-adversarial training: a custom autograd function, a constant domain label per half."""
import torch
import torch.nn.functional as F
from torch import nn


class Reverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, alpha):
        ctx.alpha = alpha
        return x.view_as(x)

    @staticmethod
    def backward(ctx, grad):
        return -ctx.alpha * grad, None


torch.manual_seed(0)
features = nn.Sequential(nn.Linear(8, 24), nn.ReLU())
label_head, domain_head = nn.Linear(24, 4), nn.Linear(24, 2)
modules = nn.ModuleList([features, label_head, domain_head])
optimizer = torch.optim.SGD(modules.parameters(), lr=0.05, momentum=0.9)
for step in range(14):
    alpha = 2 / (1 + 2.718 ** (-10 * step / 14)) - 1
    source, target = torch.randn(16, 8), torch.randn(16, 8) + 0.5
    hs, ht = features(source), features(target)
    loss_y = F.cross_entropy(label_head(hs), source[:, :4].argmax(1))
    loss_s = F.cross_entropy(domain_head(Reverse.apply(hs, alpha)), torch.zeros(16, dtype=torch.long))
    loss_t = F.cross_entropy(domain_head(Reverse.apply(ht, alpha)), torch.ones(16, dtype=torch.long))
    optimizer.zero_grad()
    (loss_y + loss_s + loss_t).backward()
    optimizer.step()

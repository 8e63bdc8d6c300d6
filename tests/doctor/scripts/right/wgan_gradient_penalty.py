"""An auxiliary classifier with a gradient penalty: create_graph=True."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
critic = nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, 3))
optimizer = torch.optim.Adam(critic.parameters(), lr=1e-3)
for _ in range(10):
    x = torch.randn(16, 6, requires_grad=True)
    logits = critic(x)
    loss = F.cross_entropy(logits, x[:, :3].argmax(1))
    (gradient,) = torch.autograd.grad(logits.logsumexp(1).sum(), x, create_graph=True)
    total = loss + 0.1 * (gradient.norm(dim=1) - 1).pow(2).mean()
    optimizer.zero_grad()
    total.backward()
    optimizer.step()

"""Learnable loss weights (uncertainty) live in the criterion, whose parameters nobody optimizes."""
import torch
from torch import nn


class UncertaintyLoss(nn.Module):
    def __init__(self, tasks):
        super().__init__()
        self.log_var = nn.Parameter(torch.zeros(tasks))

    def forward(self, losses):
        return (torch.exp(-self.log_var) * torch.stack(losses) + self.log_var).sum()


torch.manual_seed(0)
trunk, heads = nn.Linear(9, 12), nn.ModuleList([nn.Linear(12, 3), nn.Linear(12, 4)])
combine = UncertaintyLoss(2)
optimizer = torch.optim.Adam([*trunk.parameters(), *heads.parameters()], lr=1e-2)  # finding: parameters-not-in-optimizer
for x in torch.randn(12, 24, 9):
    h = torch.relu(trunk(x))
    a = nn.functional.cross_entropy(heads[0](h), x[:, :3].argmax(1))
    b = nn.functional.cross_entropy(heads[1](h), x[:, 3:7].argmax(1))
    loss = combine([a, b])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

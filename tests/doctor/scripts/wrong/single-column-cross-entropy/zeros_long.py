"""Anomaly scores: one column, every label is 0, CrossEntropyLoss as nn.Module.forward."""
import torch
from torch import nn


class Scorer(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(6, 8), nn.ELU(), nn.Linear(8, 1))

    def forward(self, x):
        return self.net(x)


torch.manual_seed(0)
scorer = Scorer()
ce = nn.CrossEntropyLoss()
optimizer = torch.optim.Adagrad(scorer.parameters(), lr=0.01)
for x in torch.randn(10, 12, 6):
    optimizer.zero_grad()
    loss = ce.forward(scorer(x), torch.zeros(12, dtype=torch.long))  # finding: single-column-cross-entropy
    loss.backward()
    optimizer.step()

"""Probabilities of three members are averaged, and go into cross_entropy."""
import torch
from torch import nn

torch.manual_seed(0)
members = nn.ModuleList(nn.Linear(8, 5) for _ in range(3))
optimizer = torch.optim.Adam(members.parameters(), lr=1e-2)
for x in torch.randn(16, 24, 8):
    p = torch.stack([m(x).softmax(-1) for m in members]).mean(0)
    loss = nn.functional.cross_entropy(p, x[:, :5].argmax(1))  # finding: softmax-before-cross-entropy
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

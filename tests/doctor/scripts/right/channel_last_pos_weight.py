"""(N, L, C) logits: pos_weight binds to the last axis, which is the classes, though L == C."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
model = nn.GRU(5, 16, batch_first=True)
head = nn.Linear(16, 4)
optimizer = torch.optim.Adam([*model.parameters(), *head.parameters()], lr=1e-2)
pos_weight = torch.tensor([1.0, 3.0, 5.0, 7.0])
for _ in range(10):
    x = torch.randn(8, 4, 5)
    events = (x[..., :4] > 0.8).float()
    loss = F.binary_cross_entropy_with_logits(head(model(x)[0]), events, pos_weight=pos_weight)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

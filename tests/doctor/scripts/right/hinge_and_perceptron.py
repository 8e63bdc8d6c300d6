"""Margin losses on the same logits; loss values kept as numbers."""
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(6, 3)
margin = nn.MultiMarginLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
history = []
for x in torch.randn(16, 24, 6):
    loss = margin(model(x), x[:, :3].argmax(1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    history.append(loss.item())
print(sum(history) / len(history))

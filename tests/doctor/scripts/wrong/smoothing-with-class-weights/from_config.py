"""The loss is built from a configuration."""
import torch
from torch import nn

LOSS = {"label_smoothing": 0.15, "weight": torch.tensor([0.3, 0.9, 45.0, 8.0])}


def build_criterion(options):
    return nn.CrossEntropyLoss(**options)  # finding: smoothing-with-class-weights


torch.manual_seed(0)
criterion = build_criterion(LOSS)
model = nn.Linear(9, 4)
optimizer = torch.optim.SGD(model.parameters(), lr=0.02)
for _ in range(12):
    y = torch.multinomial(torch.tensor([0.6, 0.3, 0.04, 0.06]), 50, replacement=True)
    x = torch.randn(50, 9) + y[:, None]
    loss = criterion(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

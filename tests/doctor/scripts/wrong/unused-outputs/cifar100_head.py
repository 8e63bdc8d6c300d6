"""The head is sized for CIFAR-100, the labels are CIFAR-10's; class-based training loop with type hints."""
from __future__ import annotations

import torch
from torch import Tensor, nn


class Classifier(nn.Module):
    def __init__(self, features: int, num_classes: int = 100) -> None:
        super().__init__()
        self.proj = nn.Linear(features, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.proj(x)


def stream(n: int):
    for _ in range(n):
        x = torch.randn(64, 16)
        yield x, x[:, :10].argmax(1)


torch.manual_seed(0)
model = Classifier(16)
optimizer = torch.optim.Adam(model.parameters())
for x, y in stream(20):
    loss: Tensor = nn.functional.cross_entropy(model(x), y)  # finding: unused-outputs
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

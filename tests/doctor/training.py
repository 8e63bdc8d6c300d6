"""A small training as text, with places to spoil it."""

from __future__ import annotations

from pathlib import Path

TRAINING = """\
import sys, os, random
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

{before}
torch.manual_seed(0)
x = torch.randn(96, 6)
y = x[:, :3].argmax(1)
model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 3){last})
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range({epochs}):
    for xb, yb in DataLoader(TensorDataset(x, y), batch_size=16, shuffle=True{loader}):
        loss = criterion(model(xb), yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        {each}
{after}
"""

# What is wrong with a SPOILT training, and the line that says so.
SPOILT = ", nn.Softmax(dim=1)"
MISTAKE = "softmax-before-cross-entropy"
MISTAKE_LINE = 15


def write(
    path: Path,
    *,
    before: str = "",
    last: str = "",
    epochs: int = 2,
    loader: str = "",
    each: str = "pass",
    after: str = "",
) -> Path:
    """Write a training script; `last` is added behind the model's last layer, the others are lines of code."""
    assert "\n" not in before, "the mistake has to stay in its line"
    values = {"before": before, "last": last, "epochs": epochs, "loader": loader, "each": each, "after": after}
    path.write_text(TRAINING.format(**values), encoding="utf-8")
    return path

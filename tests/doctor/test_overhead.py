"""What being watched costs, in the processor time of the training loop, the best of some runs each."""

from __future__ import annotations

from pathlib import Path

import pytest

from .forks import Forks

LOOP = """
import time
import torch
from torch import nn

torch.manual_seed(0)
model = {model}
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
x, y = torch.randn({batch}, {inputs}), torch.randint(10, ({batch},))


def train(steps):
    for _ in range(steps):
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        loss.item()


train(20)
start = time.process_time()
train({steps})
print((time.process_time() - start) / {steps})
"""

# A multilayer perceptron on 28 x 28 pixels: about a millisecond a step. Wide layers: 20 milliseconds and more.
CASES = {
    "small": (
        {
            "model": "nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Dropout(0.1), nn.Linear(256, 10))",
            "batch": 128,
            "inputs": 784,
            "steps": 300,
        },
        1.25,
    ),
    "20 ms": (
        {
            "model": "nn.Sequential(nn.Linear(1024, 2048), nn.ReLU(), nn.Linear(2048, 10))",
            "batch": 192,
            "inputs": 1024,
            "steps": 40,
        },
        1.05,
    ),
}
RUNS = 4


@pytest.mark.parametrize("name", CASES)
def test_overhead(tmp_path: Path, forks: Forks, name: str) -> None:
    setting, limit = CASES[name]
    script = tmp_path / "train.py"
    script.write_text(LOOP.format(**setting))
    # One after the other, so that both see the same noise of the machine.
    seconds = [(float(forks.plain(script).stdout), float(forks.doctor(script).stdout)) for _ in range(RUNS)]
    plain, watched = (min(times) for times in zip(*seconds, strict=True))
    print(f"{name}: {1000 * plain:.2f} ms a step, watched {1000 * watched:.2f} ms, {watched / plain:.3f} x")
    assert watched / plain <= limit

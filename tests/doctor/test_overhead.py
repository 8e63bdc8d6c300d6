"""The cost of being watched, in the processor time of the median step of a run: steps watched and not, in turns.

In one process, since the same step takes a tenth more or less in another; and the median of the ratios of neighbours,
since noise comes and goes. The first steps, in which each place of the code is met for the first time, do not count;
after 128 steps the doctor looks at 8 of every 64.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from .forks import Forks

LOOP = """
import statistics
import time
import torch
from torch import nn
import crossent

torch.manual_seed(0)
model = {model}
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
x, y = torch.randn({batch}, {inputs}), torch.randint(10, ({batch},))


def step():
    start = time.process_time()
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()
    loss.item()
    return time.process_time() - start


def median():
    return statistics.median(step() for _ in range({steps}))


for _ in range(20):
    step()
ratios = []
for _ in range({pairs}):
    plain = median()
    with crossent.doctor.watch(show=False):
        for _ in range(20):
            step()
        ratios.append(median() / plain)
print(statistics.median(ratios))
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
            "steps": 60,
        },
        1.05,
    ),
}
PAIRS = 5


@pytest.mark.parametrize("name", CASES)
def test_overhead(tmp_path: Path, forks: Forks, name: str) -> None:
    setting, limit = CASES[name]
    script = tmp_path / "train.py"
    script.write_text(LOOP.format(**setting, pairs=PAIRS))
    ratio = float(forks.plain(script).stdout)
    print(f"{name}: {ratio:.3f} of a step that is not watched")
    assert ratio <= limit

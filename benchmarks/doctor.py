"""The cost of crossent doctor: processor time of a training loop, plain and watched, in turns.

`make test` holds the goals (tests/doctor/test_overhead.py); this prints the numbers behind them.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

LOOP = """
import sys, time, torch
from torch import nn

torch.manual_seed(0)
torch.set_num_threads(1)
model = {model}
criterion, optimizer = nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
x, y = torch.randn({batch}, {inputs}), torch.randint(10, ({batch},))
start = time.process_time()
for _ in range({steps}):
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()
    loss.item()
print((time.process_time() - start) / {steps})
"""
# Name → model, batch, inputs, steps. The first 128 steps are watched whole, later ones in windows of 8 in 64.
CASES = {
    "20-64-10, batch 32": ("nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 10))", 32, 20, 4000),
    "784-256-10, batch 128": ("nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))", 128, 784, 1000),
    "1024-2048-10, batch 256": ("nn.Sequential(nn.Linear(1024, 2048), nn.ReLU(), nn.Linear(2048, 10))", 256, 1024, 100),
}


def main(rounds: int = 5) -> None:
    """Print the table."""
    print(
        f"{'model':26} {'plain us':>10} {'watched us':>11} {'ratio':>7}   (a step, medians of {rounds} runs in turns)"
    )
    for name, (model, batch, inputs, steps) in CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder) / "train.py"
            script.write_text(LOOP.format(model=model, batch=batch, inputs=inputs, steps=steps))
            pairs = [
                (_seconds([str(script)]), _seconds(["-m", "crossent", "doctor", str(script)])) for _ in range(rounds)
            ]
        plain, watched = (statistics.median(times) for times in zip(*pairs, strict=True))
        print(f"{name:26} {plain * 1e6:10.0f} {watched * 1e6:11.0f} {watched / plain:7.2f}", flush=True)


def _seconds(command: list[str]) -> float:
    run = subprocess.run([sys.executable, *command], check=True, capture_output=True, text=True)
    return float(run.stdout)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

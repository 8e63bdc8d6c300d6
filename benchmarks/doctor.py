"""The cost of crossent doctor: processor time of a training step, plain and watched, in turns.

`make test` holds the goals (tests/doctor/test_overhead.py); this prints the numbers behind them. All steps run in one
process, since the same step takes a tenth more or less in another, and of the rounds the fastest counts.
"""

from __future__ import annotations

import subprocess
import sys

LOOP = """
import sys, time, torch
from torch import nn
import crossent

torch.manual_seed(0)
torch.set_num_threads(1)
model = {model}
criterion, optimizer = nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
x, y = torch.randn({batch}, {inputs}), torch.randint(10, ({batch},))


def seconds(steps):
    start = time.process_time()
    for _ in range(steps):
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        loss.item()
    return (time.process_time() - start) / steps


seconds(20)
rounds = []
for _ in range({rounds}):
    plain = seconds({windows} * 64)
    with crossent.doctor.watch(show=False):
        first = seconds(128)
        rounds.append((plain, first, seconds({windows} * 64)))
print(*map(min, zip(*rounds)))
"""
# Name → model, batch, inputs, windows. The first 128 steps are watched whole, later ones in windows of 8 in 64.
CASES = {
    "20-64-10, batch 32": ("nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 10))", 32, 20, 16),
    "64-128-10, batch 96": ("nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))", 96, 64, 16),
    "1024-2048-10, batch 192": ("nn.Sequential(nn.Linear(1024, 2048), nn.ReLU(), nn.Linear(2048, 10))", 192, 1024, 1),
}


def main(rounds: int = 5) -> None:
    """Print the table."""
    print("| model | a step, ms | one of the first 128, watched | one of the later | later, watched / plain |")
    print("|---|---|---|---|---|", flush=True)
    for name, (model, batch, inputs, windows) in CASES.items():
        program = LOOP.format(model=model, batch=batch, inputs=inputs, windows=windows, rounds=rounds)
        run = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
        plain, first, later = (float(number) * 1e3 for number in run.stdout.split())
        print(f"| {name} | {plain:.3f} | {first:.3f} | {later:.3f} | {later / plain:.2f} |", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

"""The cost of being watched.

Of a small step it is counted, in calls of functions, Python's and C's, that a step makes beyond its own: the time of a
fifth of a millisecond is noise on a machine that others use. `benchmarks/doctor.py` prints times. Of a large step it is
measured, in processor time, steps watched and not in turns; in one process, since the same step takes a tenth more or
less in another; and each step of the period of 64, of which the doctor looks at 8, by the fastest of several rounds,
since noise comes and goes. The first 128 steps, which it looks at all, do not count.
"""

from __future__ import annotations

import ast
from pathlib import Path

from .forks import Forks

COUNTING = """
import sys
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
import crossent

torch.manual_seed(0)
layers = [nn.Linear(20, 64), nn.ReLU(), *(nn.Identity() for _ in range({identities})), nn.Linear(64, 10)]
model = nn.Sequential(*layers)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
loader = DataLoader(TensorDataset(torch.randn(32, 20), torch.randint(10, (32,))), batch_size=32)


def step(x, y):
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()
    loss.item()


def calls():
    made = 0

    def count(frame, event, argument):
        nonlocal made
        made += event in ("call", "c_call")

    for x, y in loader:
        sys.setprofile(count)
        step(x, y)
        sys.setprofile(None)
    return made


for _ in range(20):
    calls()
plain = calls()
with crossent.doctor.watch(show=False):
    made = [calls() - plain for _ in range(128 + 4 * 64)]
print([sum(made[128:]) / len(made[128:]), min(made[128:])])
"""
# What 64 steps add on average, and one that is not looked at. A quarter of 0.2 ms is the time of about 200 calls.
CALLS, CALLS_UNWATCHED = 160, 90
# What each layer adds to a step that is not looked at: the frame in the place of `Module.__call__`, the one behind it,
# and a question to torch.compile.
CALLS_OF_A_LAYER = 3

LOOP = """
import time
import torch
from torch import nn
import crossent

torch.manual_seed(0)
model = {model}
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
x, y = torch.randn({batch}, {inputs}), torch.randint(10, ({batch},))


def seconds():
    start = time.process_time()
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()
    loss.item()
    return time.process_time() - start


def period():
    return [seconds() for _ in range(64)]


period()
rounds = []
for _ in range({rounds}):
    plain = period()
    with crossent.doctor.watch(show=False):
        period(), period()
        rounds.append((plain, period()))
plain, watched = (sum(map(min, zip(*kind))) for kind in zip(*rounds))
print(watched / plain)
"""

# Some 12 milliseconds, of which 1.05 is less than of 20.
SETTING = {
    "model": "nn.Sequential(nn.Linear(1024, 2048), nn.ReLU(), nn.Linear(2048, 10))",
    "batch": 128,
    "inputs": 1024,
}
ROUNDS = 3


def counted(folder: Path, forks: Forks, identities: int) -> tuple[float, int]:
    script = folder / "train.py"
    script.write_text(COUNTING.format(identities=identities))
    average, unwatched = ast.literal_eval(forks.plain(script).stdout)
    return average, unwatched


def test_small_steps(tmp_path: Path, forks: Forks) -> None:
    average, unwatched = counted(tmp_path, forks, 0)
    print(f"{average:.0f} calls more a step, {unwatched} where it is not looked at")
    assert average <= CALLS
    assert 0 < unwatched <= CALLS_UNWATCHED


def test_layers(tmp_path: Path, forks: Forks) -> None:
    _, few = counted(tmp_path, forks, 0)
    _, many = counted(tmp_path, forks, 100)
    assert many - few == 100 * CALLS_OF_A_LAYER


def test_large_steps(tmp_path: Path, forks: Forks) -> None:
    script = tmp_path / "train.py"
    script.write_text(LOOP.format(**SETTING, rounds=ROUNDS))
    ratio = float(forks.plain(script).stdout)
    print(f"{ratio:.3f} of a step that is not watched")
    assert ratio <= 1.05

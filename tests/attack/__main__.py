"""`make attack`: the attacks that take minutes, each counted.

    python -m tests.attack [SEED]

What may happen is in docs/reliability.md. It ends by itself: every process that is tried has a time limit.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from ..train.made import config_of
from ..train.runs import trained
from . import fuzz, kills, memory, soak
from .tally import HEAD, Tally


def attacks(out: Path, draw: random.Random) -> Iterator[Tally]:
    """All of them, one after the other, each in a folder of its own."""
    yield from kills.at_every_file(made(out / "files"), draw)
    yield from kills.two_writers(made(out / "writers"), draw, tries=6)
    yield from kills.of_processes(made(out / "processes"), draw, tries=3)
    yield from soak.by_a_clock(made(out / "clock"), draw, rounds=2)
    for task, tries in (("binary", 4), ("text", 4), ("image", 3)):
        config, _ = config_of(task, made(out / task))
        run = trained(out / task / "run", config, epochs=1).folder
        yield from fuzz.damage(task, run, config.source, draw, tries)
        yield from fuzz.foreign(task, run, config.source, draw, 4 * tries)
        if task == "binary":
            yield from memory.limits(made(out / "memory"), run, config.source)


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def main() -> int:
    """Print the table; 1 if anything went wrong, with what it was."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else int(time.time())
    torch.set_num_threads(1)
    began = time.monotonic()
    wrong: list[str] = []
    print(f"seed {seed}\n\n{HEAD}", flush=True)
    with TemporaryDirectory() as folder:
        for tally in attacks(Path(folder), random.Random(seed)):
            print(tally.row(), flush=True)
            wrong += tally.wrong
    print(f"\n{time.monotonic() - began:.0f} s")
    print("\n\n".join(wrong))
    return int(bool(wrong))


if __name__ == "__main__":
    raise SystemExit(main())

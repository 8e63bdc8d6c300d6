"""A program of several trainings in several processes, without torch in these: for tests/train/runtime/test_launch.py.

`python -m tests.train.runtime.launched FOLDER all` prints a line of JSON: how each has ended, as the program saw it.
With `last` in the place of `all`, the program has the last one alone.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from crossent.train.config.rules import SettingError
from crossent.train.errors import LostProcessError, TrainingError
from crossent.train.runtime.launch import Word, together

FOLDER = Path(sys.argv[1])


def rank() -> int:
    return int(os.environ["RANK"])


def value() -> list[str]:
    # Who can reach the meeting place, and where the processes would listen for each other.
    return [os.environ["MASTER_ADDR"], os.environ["GLOO_SOCKET_IFNAME"], os.environ["WORLD_SIZE"]]


def wrong() -> None:
    if rank() == 1:
        raise SettingError("lr", "a number above 0", -1, 0.1)
    time.sleep(60)


def traced() -> None:
    if rank() == 0:
        raise ZeroDivisionError("nobody's sentence")
    # As a connection that breaks with it.
    raise LostProcessError("the other one")


def dying(times: int) -> Callable[[], int]:
    """Process 1 dies until it has done so this often, once process 0 is in the middle of its work."""

    def train() -> int:
        died = len(list(FOLDER.glob("died-*")))
        ready = FOLDER / f"ready-{died}"
        if rank() == 0:
            word = Word.here()
            assert word is not None
            word.leave("folder", Path("runs/it"))
            ready.touch()
            time.sleep(60 if died < times else 0)
        elif died < times:
            while not ready.exists():
                time.sleep(0.01)
            (FOLDER / f"died-{died}").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return times

    return train


def waiting() -> str:
    """Until a signal comes, of which the process that started this one is told."""
    came: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: came.append(number))
    (FOLDER / f"waits-{rank()}").write_text(str(os.getpid()), encoding="utf-8")
    while not came:
        time.sleep(0.01)
    (FOLDER / f"stopped-{rank()}").touch()
    return f"stopped by {came[0]}"


def end(train: Callable[[], Any], **settings: int) -> Any:
    try:
        return together(train, **{"devices": 2, "nodes": 1, "max_restarts": 0, **settings})
    except (SettingError, TrainingError) as error:
        return [type(error).__name__, str(error)]


def main() -> None:
    trainings: list[tuple[Callable[[], Any], dict[str, int]]] = [
        (lambda: "alone", {"devices": 1}),
        (value, {}),
        (wrong, {"max_restarts": 1}),
        (value, {"nodes": 2}),
        (traced, {}),
        (dying(2), {"max_restarts": 1}),
        (dying(3), {"max_restarts": 1}),
        (waiting, {}),
    ]
    chosen = trainings if sys.argv[2] == "all" else trainings[-1:]
    print(json.dumps([end(train, **settings) for train, settings in chosen]))


if __name__ == "__main__":
    main()

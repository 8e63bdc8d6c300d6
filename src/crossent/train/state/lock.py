"""One writer per run folder."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from ...files import write_text
from ..errors import TrainingError
from ..runtime.distributed import World

_LOCK, _HOLDER = ".lock", ".holder.json"


@contextmanager
def locked(folder: Path, world: World) -> Iterator[None]:
    """Keep other trainings out of a folder.

    The system gives the lock back when the process that holds it is gone, however it ended: none is ever stale.

    Raises:
        TrainingError: another process trains there; the text says which.
    """
    lock = FileLock(str(folder / _LOCK))
    world.first(lambda: _take(lock, folder))
    try:
        yield
    finally:
        if lock.is_locked:
            (folder / _HOLDER).unlink(missing_ok=True)
            lock.release()


def _take(lock: FileLock, folder: Path) -> None:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise TrainingError(
            f"another process is training in {folder}{_holder(folder)}. Wait for its end, or end it: two would mix "
            "their files"
        ) from None
    holder = {"pid": os.getpid(), "host": socket.gethostname(), "since": f"{datetime.now():%Y-%m-%d %H:%M:%S}"}
    write_text(folder / _HOLDER, json.dumps(holder))


def _holder(folder: Path) -> str:
    try:
        holder = json.loads((folder / _HOLDER).read_text(encoding="utf-8"))
        return f": process {holder['pid']:d} on {holder['host']!s}, since {holder['since']!s}"
    except (OSError, ValueError, KeyError, TypeError):
        return ""

"""One process per device of this machine, all running this program; and what happens when one of them dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ..config.rules import SettingError

# Set for the processes that are started here, so that they do not start others.
_RANKS = ("LOCAL_RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT", "NODE_RANK")
# How long the other processes may take to notice by themselves that one has died, in seconds.
_GRACE = 10.0


def started_by_others() -> bool:
    """Return whether torchrun, SLURM or this module has started this process as one of several."""
    return "LOCAL_RANK" in os.environ or ("SLURM_NTASKS" in os.environ and "SLURM_PROCID" in os.environ)


@contextmanager
def siblings(count: int) -> Iterator[Siblings | None]:
    """Start `count` - 1 more processes like this one, and end them when this one is done."""
    if count <= 1 or started_by_others():
        yield None
        return
    if not hasattr(sys.modules["__main__"], "__file__"):
        # A notebook or a prompt is no program that could be started a second time.
        raise SettingError("devices", "1 outside a program; write a script, or start it with torchrun", count, 1)
    from lightning_fabric.plugins.environments.lightning import find_free_network_port

    shared = {"WORLD_SIZE": str(count), "MASTER_ADDR": "127.0.0.1", "NODE_RANK": "0"}
    shared["MASTER_PORT"] = str(find_free_network_port())
    before = {name: os.environ.get(name) for name in _RANKS}
    processes = [
        subprocess.Popen(_command(), env={**os.environ, **shared, "LOCAL_RANK": str(rank)}) for rank in range(1, count)
    ]
    os.environ.update(shared, LOCAL_RANK="0")
    group = Siblings(processes)
    try:
        yield group
    finally:
        group.end()
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


class Siblings:
    """The processes that this one has started."""

    def __init__(self, processes: list[subprocess.Popen[bytes]]) -> None:
        self.processes = processes
        self._done = threading.Event()
        threading.Thread(target=self._watch, daemon=True, name="crossent-siblings").start()

    def death(self, wait: float = 0.0) -> str | None:
        """Which of them has died, and of what; None while all are well."""
        until = time.monotonic() + wait
        while True:
            for rank, process in enumerate(self.processes, start=1):
                code = process.poll()
                if code:
                    return f"process {rank} (pid {process.pid}) {_cause(code)}"
            if time.monotonic() >= until:
                return None
            time.sleep(0.05)

    def end(self) -> None:
        """Wait for all to finish; those that do not are ended."""
        self._done.set()
        failed = sys.exc_info()[0] is not None
        for process in self.processes:
            try:
                process.wait(timeout=1.0 if failed else _GRACE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _watch(self) -> None:
        # A collective of a GPU may wait for the dead process for half an hour: this one does not.
        while not self._done.wait(0.5):
            cause = self.death()
            if cause and not self._done.wait(_GRACE):
                print(f"crossent fit: error: {cause}; this process waited for it in vain", file=sys.stderr, flush=True)
                for process in self.processes:
                    process.kill()
                os._exit(1)


def _cause(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit status {code}"


def _command() -> list[str]:
    import __main__

    spec = getattr(__main__, "__spec__", None)
    if spec is None:
        return [sys.executable, os.path.abspath(sys.argv[0]), *sys.argv[1:]]
    return [sys.executable, "-m", spec.name.removesuffix(".__main__"), *sys.argv[1:]]

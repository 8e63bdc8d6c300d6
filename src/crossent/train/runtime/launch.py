"""The processes of a run on this machine, all running this program: started and watched by torch's elastic agent."""

from __future__ import annotations

import logging
import os
import pickle
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar, cast

from ...files import replacing
from ...printable import in_shell
from ...wording import say
from ..config.rules import SettingError
from ..errors import LostProcessError, TrainingError
from .interrupt import Wish, noticing_signals

T = TypeVar("T")

# Names the folder of the word that processes leave, in those that are started here.
_WORD = "CROSSENT_WORD"
# The exit status of a process that ends because another one is gone: never the cause.
_FOLLOWED = 75
# Seconds that it waits before.
_GRACE = 2.0
# How the runs of this program so far have ended: each as a value or an error.
_ENDS: list[Any] = []
_CALLS = count()


class Word:
    """The word that a run's processes, and the one that started them, leave for each other.

    The folder is made for this run and open to nobody else: what lies there is what they have written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def here(cls) -> Word | None:
        """That of the run which this process was started for; None where nothing here has started it."""
        return cls(Path(os.environ[_WORD])) if _WORD in os.environ else None

    def leave(self, name: str, value: object) -> None:
        """Leave a value in the place of the one before it."""
        with replacing(self.folder / name) as temporary:
            temporary.write_bytes(pickle.dumps(value))

    def find(self, name: str) -> Any:
        """The value that was left; None where there is none."""
        path = self.folder / name
        return pickle.loads(path.read_bytes()) if path.exists() else None


def started_by_others() -> bool:
    """Return whether torchrun, SLURM or this module has started this process as one of several."""
    # A shell on a node of SLURM's is one task, in which several processes may still be started.
    return "LOCAL_RANK" in os.environ or ("SLURM_PROCID" in os.environ and int(os.environ.get("SLURM_NTASKS", 1)) > 1)


def check_started(devices: int, nodes: int) -> None:
    """Make sure that as many processes as the settings say were started, where something else starts them: else each
    would train a model of its own.

    Raises:
        SettingError: they are more, or fewer.
    """
    # A script of SLURM's that is no step of srun's is one process, however many tasks there may be.
    name = "WORLD_SIZE" if "LOCAL_RANK" in os.environ else "SLURM_STEP_NUM_TASKS"
    count = int(os.environ.get(name, 1))
    if count > 1 and count != devices * nodes:
        each = max(count // nodes, 1)
        expected = f"{each}, since torchrun or srun has started {count} processes on {nodes} machines"
        raise SettingError("devices", expected, devices, each)


def together(train: Callable[[], T], devices: int, nodes: int, max_restarts: int) -> T:
    """The result of a training in one process per device.

    Every process runs this program up to this call; only the one that started them goes on after it. Those get what
    calls before it have given, without training again.

    Args:
        train: the training of one process.
        devices: the number of processes on this machine.
        nodes: the number of machines; on several, something else starts the processes.
        max_restarts: how often they are started again when one has died.

    Raises:
        TrainingError: one of them is gone. SettingError: they cannot be started from here. All that `train` raises.
    """
    word, number = Word.here(), next(_CALLS)
    if word is not None:
        ends = word.find("ends")
        return _ended(ends[number]) if number < len(ends) else _leaving(word, train)
    end: Any = None
    try:
        if started_by_others() or (devices == 1 and nodes == 1 and not max_restarts):
            end = train()
        elif nodes > 1:
            expected = "1, or a start with torchrun or srun on each machine"
            raise SettingError("nodes", expected, nodes, 1)
        else:
            end = _watched(devices, max_restarts)
    # Any: it is raised again, here and in the processes of a later run.
    except Exception as error:
        end = error if _is_ours(error) else TrainingError(f"{type(error).__name__}: {error}")
        raise
    finally:
        _ENDS.append(end)
    return cast(T, end)


def lost(cause: str, folder: Path | None) -> str:
    """The sentence about a process that is gone."""
    if folder is None:
        return f"another process of this run is gone: {cause}"
    return (
        f"another process of this run is gone: {cause}. The last checkpoint is whole; go on with: crossent fit "
        f"--resume {in_shell(folder)}"
    )


def _is_ours(error: Exception) -> bool:
    """True for an error whose text is made for users: it needs no traceback."""
    return isinstance(error, OSError) or type(error).__module__.startswith("crossent.")


def _ended(end: Any) -> Any:
    if isinstance(end, Exception):
        raise end
    return end


def _leaving(word: Word, train: Callable[[], T]) -> T:
    """Train in one of the processes that were started here, leave word of how it ended, and end the process."""
    threading.Thread(target=_stop_after, args=(word.find("parent"),), daemon=True, name="crossent-parent").start()
    try:
        word.leave("end", train())
    except LostProcessError:
        # The one that is gone may still be ending: it is the cause, and must be seen first.
        time.sleep(_GRACE)
        raise SystemExit(_FOLLOWED) from None
    except KeyboardInterrupt:
        raise SystemExit(128 + signal.SIGINT) from None
    # Any: an error without a sentence ends in its traceback, and word is left of the others.
    except Exception as error:
        if not _is_ours(error):
            raise
        word.leave("end", error)
        raise SystemExit(1) from None
    raise SystemExit(0)


def _stop_after(parent: int) -> None:
    # Nobody would start, watch or stop this run any more.
    while os.getppid() == parent:
        time.sleep(1.0)
    os.kill(os.getpid(), signal.SIGTERM)


def _watched(devices: int, max_restarts: int) -> Any:
    """Start the processes and wait for their end."""
    if not hasattr(sys.modules["__main__"], "__file__"):
        # A notebook or a prompt is no program that could be started a second time.
        raise SettingError("devices", "1 outside a program; write a script, or start it with torchrun", devices, 1)
    with TemporaryDirectory(prefix="crossent-") as folder, _environment(folder):
        word = Word(Path(folder))
        word.leave("ends", _ENDS)
        # It may be gone before they have come so far as to look who it is.
        word.leave("parent", os.getpid())
        for left in range(max_restarts, -1, -1):
            cause, wish = _once(devices, word.folder)
            end = word.find("end")
            if not cause or end is not None or wish or not left:
                break
            again = f"{cause}; all processes start again from the last checkpoint (restarts left: {left - 1})"
            print(say(f"\n! {again}"), file=sys.stderr, flush=True)
        if end is None and wish.signal is not None:
            # Before there was anything to save: this ends here as it would in one process.
            signal.raise_signal(wish.signal)
        if end is None:
            raise TrainingError(lost(cause or "it ended before its training", word.find("folder")))
        return _ended(end)


def _once(devices: int, logs: Path) -> tuple[str, Wish]:
    """Run the processes until all have ended; which of them has died of what, and who wished for an end."""
    from torch.distributed.elastic.agent.server.api import WorkerSpec
    from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs

    from .agent import Agent, Loopback

    # Each failure is said here, in a sentence.
    logging.getLogger("torch.distributed.elastic").setLevel(logging.CRITICAL)
    command, *arguments = _command()
    spec = WorkerSpec("crossent", devices, Loopback(), entrypoint=command, args=tuple(arguments), max_restarts=0)
    agent = Agent(spec, DefaultLogsSpecs(log_dir=str(logs)))

    def pass_on(number: int) -> None:
        for worker in agent.get_worker_group().workers:
            if worker.id is not None:
                with suppress(ProcessLookupError):
                    os.kill(worker.id, number)

    with noticing_signals(pass_on) as wish:
        failures = agent.run().failures
    if not failures:
        return "", wish
    # Others than the one that died have ended because of it, or were ended by the agent.
    followed = (_FOLLOWED, -signal.SIGTERM)
    rank, cause = min(failures.items(), key=lambda item: (item[1].exitcode in followed, item[1].timestamp))
    return _death(rank, cause.pid, cause.exitcode), wish


def _death(rank: int, pid: int, code: int) -> str:
    if code < 0:
        return f"process {rank} (pid {pid}) was ended by {signal.Signals(-code).name}"
    if code == _FOLLOWED:
        return f"process {rank} (pid {pid}) lost its connection"
    return f"process {rank} (pid {pid}) ended with exit status {code}"


@contextmanager
def _environment(folder: str) -> Iterator[None]:
    """The environment that processes inherit meanwhile: where word is left, and to listen on this machine alone."""
    loopback = next((name for _, name in socket.if_nameindex() if name.startswith("lo")), None)
    chosen = {_WORD: folder, **({"GLOO_SOCKET_IFNAME": loopback} if loopback else {})}
    before = {name: os.environ.get(name) for name in chosen}
    os.environ |= {name: value for name, value in chosen.items() if before[name] is None}
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)


def _command() -> list[str]:
    import __main__

    spec = getattr(__main__, "__spec__", None)
    if spec is None:
        return [sys.executable, os.path.abspath(sys.argv[0]), *sys.argv[1:]]
    return [sys.executable, "-m", spec.name.removesuffix(".__main__"), *sys.argv[1:]]

"""Runs that may die: each in a process of its own, forked from one that has torch loaded already.

`python -m tests.train.forking` reads a line of JSON per run from stdin, {"settings": …, "resume": …, "die": …}, and
answers with the exit status and what the run had to say.
"""

from __future__ import annotations

import io
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

# The same moment of every run: what is called, and which call of it is the last.
MOMENTS = ("step", "history", "write", "rename", "best", "finish", "file")
WARM_UP = {"model": "mlp", "steps": 2, "logger": "none", "accelerator": "cpu"}


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dying(moment: str, count: int) -> None:
    """Make this process die at the count-th time of a moment."""
    import crossent.train.fitting.fit as fitting
    import crossent.train.state.checkpoint as checkpoint
    from crossent.train.fitting.loop import Loop
    from crossent.train.fitting.steps import Steps
    from crossent.train.state.history import History

    left = [count]

    def before(call: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any, **kwargs: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                die()
            return call(*args, **kwargs)

        return called

    if moment == "step":
        Steps.take = before(Steps.take)  # type: ignore[method-assign]
    elif moment == "history":
        History.add = before(History.add)  # type: ignore[method-assign]
    elif moment == "write":
        checkpoint.save_file = before(checkpoint.save_file)
    elif moment == "rename":
        os.rename = before(os.rename)
    elif moment == "file":
        before_file_operations(before(lambda: None))
    elif moment == "best":
        Loop.save_best = before(Loop.save_best)  # type: ignore[method-assign]
    else:
        fitting.finish = before(fitting.finish)


def before_file_operations(call: Callable[[], Any]) -> None:
    """Call something before each operation by which Python changes files, other than devices and its own bytecode."""

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = args
            writes = bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)) and "__pycache__" not in str(path)
            if not writes or str(path).startswith("/dev/"):
                return
        elif event not in ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod"):
            return
        call()

    sys.addaudithook(hook)


def at_step(number: int, action: Callable[[], None]) -> None:
    """Do something before the step with this number, from 1."""
    from crossent.train.fitting.steps import Steps

    original = Steps.take

    def train(self: Steps, window: Any) -> None:
        if self.step + 1 == number:
            action()
        original(self, window)

    Steps.take = train  # type: ignore[method-assign]


def early(call: Callable[..., Any], number: int) -> Callable[..., Any]:
    """A function that first sends this process a signal."""

    def called(*args: Any) -> Any:
        signal.raise_signal(number)
        return call(*args)

    return called


def fill_disk(limit: int) -> None:
    """From now on no file grows beyond the limit, in bytes."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))


def train(asked: dict[str, Any]) -> tuple[int, str]:
    """Run `crossent fit` in this process; the exit status and the words of an error."""
    import torch
    from rich.console import Console

    from crossent.train.config.fit import FitConfig
    from crossent.train.config.names import configured
    from crossent.train.fitting.api import run
    from crossent.train.fitting.fit import Fit

    torch.set_num_threads(1)
    if asked.get("die"):
        dying(*asked["die"])
    if asked.get("full"):
        number, limit = asked["full"]
        at_step(number, lambda: fill_disk(limit))
    if asked.get("signal"):
        number, kind = asked["signal"]
        at_step(number, lambda: signal.raise_signal(kind))
    if asked.get("early"):
        Fit._announcement = early(Fit._announcement, asked["early"])  # type: ignore[method-assign]
    console = Console(file=io.StringIO(), width=200)
    try:
        if asked.get("resume"):
            outcome = run(resume=asked["resume"], console=console, **asked["settings"])
        else:
            outcome = run(config=configured(FitConfig(), asked["settings"]), console=console)
    except Exception as error:
        return 1, f"{type(error).__name__}: {error}"
    text = console.file.getvalue()  # type: ignore[attr-defined]
    return (0 if outcome.signal is None else 128 + outcome.signal), text


def main() -> None:
    # Everything that a run imports is then there already.
    with TemporaryDirectory() as folder:
        status, text = train({"settings": {**WARM_UP, "out": folder}})
    assert status == 0, text

    for line in sys.stdin:
        asked = json.loads(line)
        answer = Path(asked["answer"])
        child = os.fork()
        if child == 0:
            status, text = train(asked)
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            answer.write_text(text, encoding="utf-8")
            sys.stdout.flush()
            os._exit(status)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()

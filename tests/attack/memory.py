"""Too little memory: commands in processes that may have only so much more than what has loaded everything."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from crossent.cli import main

from ..train.state.test_resume import everything
from .tally import Tally, apart

# MiB.
LIMITS = (0, 1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)
TRAINING = ["--model", "mlp", "--steps", "12", "--save_every", "4steps", "--accelerator", "cpu", "--logger", "none"]


def command(*arguments: str) -> str:
    """How a command ends: nothing, or what it says of an error."""
    errors = io.StringIO()
    with redirect_stderr(errors), redirect_stdout(io.StringIO()):
        status = main(arguments)
    return f"told: {errors.getvalue()}" if status else ""


def limits(out: Path, run: Path, source: str) -> Iterator[Tally]:
    """Predict, and train, below each of the limits: whole, or a sentence; what was cut off is then resumed."""
    whole, limited = out / "whole.csv", out / "limited.csv"
    command("predict", str(run), source, "-o", str(whole))
    tally = Tally("predicted with little memory")
    for limit in LIMITS:
        ending = apart(command, "predict", str(run), source, "-o", str(limited), memory=limit << 20)
        if not ending and limited.read_bytes() != whole.read_bytes():
            ending = "other predictions"
        tally.add(ending, "", f"{limit} MiB")
        limited.unlink(missing_ok=True)
    yield tally

    command("fit", *TRAINING, "--out", str(out), "--name", "whole")
    tally, after = Tally("trained with little memory"), Tally("resumed after that, with enough")
    for limit in LIMITS:
        folder = out / f"limit-{limit}"
        arguments = (*TRAINING, "--out", str(out), "--name", folder.name)
        ending = apart(command, "fit", *arguments, memory=limit << 20)
        tally.add(ending, "", f"{limit} MiB")
        if ending and (folder / "split.json").exists():
            ending = apart(command, "fit", "--resume", str(folder))
            same = ending or everything(folder) == everything(out / "whole")
            after.add(ending if same else "other results", "", f"{limit} MiB")
    yield tally
    yield after

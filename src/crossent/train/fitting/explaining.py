"""Explains in our words what ended a run."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ...printable import in_shell
from ..errors import DataError, LostProcessError, TrainingError, out_of_memory
from ..runtime.launch import lost

if TYPE_CHECKING:
    from pathlib import Path

    from ..config.fit import FitConfig
    from ..state.history import Row
    from .feed import Window


def smaller(lr: float) -> str:
    """A learning rate to try after one that was too high, as a setting."""
    return f"--lr {min(lr / 10, 1e-3):.1g}"


def advice(config: FitConfig, lr: float) -> str:
    """Advice for a training that diverges."""
    tries = [smaller(lr)]
    if config.clip is None:
        tries.append("--clip 1")
    if config.precision != "32-true":
        tries.append("--precision 32-true")
    return f"Try {' or '.join(tries)}"


def not_finite(step: int, lr: float, config: FitConfig, window: Window, names: list[str]) -> TrainingError:
    """The loss of a step is no number: because of its inputs, or because the training has diverged."""
    for micro in window:
        row = _bad_row(micro.inputs)
        if row is not None:
            which = f": {names[row]}" if row < len(names) else f" (sample {row} of the batch)"
            return TrainingError(
                f"the training loss of step {step:,} is not a number, because its inputs hold NaN or infinity{which}. "
                "Correct them, or leave such rows out with --data.on_bad_row skip"
            )
    return TrainingError(
        f"the training loss of step {step:,} is not a number: the training has diverged at a learning rate of {lr:g}. "
        f"{advice(config, lr)}"
    )


def validation_not_finite(row: Row, config: FitConfig, best: int, kept_in: Path) -> TrainingError:
    """The loss of an evaluation is no number; `best` is the step of the best one before it, or 0."""
    kept = (
        f"The weights of step {best:,} are kept in {kept_in}"
        if best
        else "No evaluation before it had a finite one, so no weights are kept as best"
    )
    return TrainingError(
        f"the validation loss after step {row.step:,} is {row.figures['val_loss']} (training loss "
        f"{row.figures['train_loss']:.4g}): the training has diverged. {advice(config, row.lr)}, and look for NaN in "
        f"the validation data. {kept}"
    )


def nothing_kept(config: FitConfig) -> TrainingError:
    """The figure that the best weights are chosen by was no number in any evaluation."""
    return TrainingError(
        f"{config.stop.monitor} was not a number in any evaluation, so there are no best weights to test; "
        "choose another figure with --stop.monitor"
    )


def no_room(what: object, folder: Path) -> TrainingError:
    """A file of a run could not be written, as `what` says."""
    return TrainingError(f"{what}. Make room, then go on with: crossent fit --resume {in_shell(folder)}")


def _bad_row(inputs: object) -> int | None:
    for tensor in inputs if isinstance(inputs, (tuple, list)) else (inputs,):
        if isinstance(tensor, Tensor) and tensor.is_floating_point():
            bad = ~torch.isfinite(tensor).flatten(1).all(1) if tensor.dim() > 1 else ~torch.isfinite(tensor)
            if bool(bad.any()):
                return int(torch.nonzero(bad)[0, 0])
    return None


@contextmanager
def explaining(folder: Path | None = None) -> Iterator[None]:
    """Say in our words what ends a run from outside; `folder`: of the run, once there is one."""
    try:
        yield
    except OSError as error:
        if folder is None or error.errno not in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
            raise
        reason = error.strerror
        if not (folder / "config.yaml").exists():
            raise TrainingError(
                f"a file in {folder} could not be written: {reason}. Make room, then start the training again"
            ) from error
        kept = "The last checkpoint is whole" if (folder / "last").exists() else "There is no earlier checkpoint"
        raise no_room(f"a file in {folder} could not be written: {reason}. {kept}", folder) from error
    except (RuntimeError, MemoryError) as error:
        if asked := out_of_memory(error):
            raise TrainingError(
                f"the device is out of memory ({asked}). Write a smaller --micro_batch_size: the result stays the "
                "same, since batches are put together exactly"
            ) from error
        if isinstance(error, TrainingError) or not any(word in str(error) for word in _LOST):
            raise
        raise LostProcessError(lost("the connection to it broke", folder)) from error


@contextmanager
def reading_data() -> Iterator[None]:
    """Say what to lower where the data take more memory than there is."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if asked := out_of_memory(error):
            raise DataError(
                f"the data do not fit into memory ({asked}). Write a smaller --data.memory_mb: larger data are read "
                "from disk batch by batch; of images also a smaller --data.image_size"
            ) from error
        raise


# How torch's process groups say that a process at the other end is gone.
_LOST = ("Connection closed by peer", "Connection reset by peer", "NCCL communicator was aborted", "Broken pipe")

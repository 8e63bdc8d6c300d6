"""Checkpoints: folders that are whole or not used, with the one before kept until the next is there.

RUN/last/      where --resume goes on: weights, and the state of everything else
RUN/previous/  the one before, for when last/ has been damaged
RUN/best/      the weights that were the best on validation rows
RUN/refit/     those of a second training, on validation rows too: they are tested, and predict
"""

from __future__ import annotations

import json
import os
import re
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from ...files import PARTIAL, new_partial_folder, open_to_all, read_json
from ..errors import ModelError
from .packing import pack, unpack

MODEL, TENSORS, STATE = "model.safetensors", "state.safetensors", "state.json"


class CheckpointError(RuntimeError):
    """A checkpoint cannot be written or read: which, why, and what is still there."""


class Checkpoint(NamedTuple):
    """A checkpoint read back: the model's tensors by name, and the state that stood beside them."""

    folder: Path
    model: dict[str, Tensor]
    state: dict[str, Any]


class Checkpoints:
    """The checkpoints of a run's folder."""

    def __init__(self, run: Path) -> None:
        self.best, self.last, self.previous = run / "best", run / "last", run / "previous"
        self.refit = run / "refit"

    def save_last(self, model: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Write last/; what stood there becomes previous/."""
        partial = _write(self.last, model, state)
        # At every moment one of the two is whole.
        if self.last.exists():
            _remove(self.previous)
            os.rename(self.last, self.previous)
        os.rename(partial, self.last)

    def save_best(self, model: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Write best/, a copy that no later step changes."""
        partial = _write(self.best, model, state)
        old = self.best.with_name(".best.old")
        _remove(old)
        if self.best.exists():
            os.rename(self.best, old)
        os.rename(partial, self.best)
        _remove(old)

    def save_refit(self, model: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Write refit/."""
        partial = _write(self.refit, model, state)
        self.drop_refit()
        os.rename(partial, self.refit)

    def drop_refit(self) -> None:
        """Remove refit/, which is of another end of the run."""
        _remove(self.refit)

    def recover(self) -> None:
        """Put back what a run that was killed between the two renames of `save_best` has left aside, and clear away
        what it had not written to the end."""
        for left in self.best.parent.glob(f".*{PARTIAL}"):
            _remove(left)
        old = self.best.with_name(".best.old")
        if not self.best.exists() and old.exists():
            os.rename(old, self.best)

    def load_last(self) -> tuple[Checkpoint | None, str]:
        """The newest whole checkpoint, or None if none was written yet; and what is wrong with a newer one, if any."""
        complaint = ""
        for folder in (self.last, self.previous):
            if not folder.exists():
                continue
            try:
                return read(folder), complaint
            except CheckpointError as error:
                complaint = str(error)
        if complaint:
            raise CheckpointError(f"{complaint}; and there is no whole checkpoint before it to go back to")
        return None, ""

    @property
    def any(self) -> bool:
        """True if there is one to go on from, whole or not."""
        return self.last.exists() or self.previous.exists()

    def load_best(self) -> Checkpoint | None:
        """The best weights, or None if there are none."""
        return read(self.best) if self.best.exists() else None


def read(folder: Path) -> Checkpoint:
    """A checkpoint, verified.

    Raises:
        CheckpointError: a file is missing, cut short or changed.
    """
    try:
        content = read_json(folder / STATE)
        # Runs of version 0.1 have none.
        stated = content.pop("checksum", None)
        if stated is not None and stated != checksum_of(content):
            raise ValueError("its checksum is not the one of its content: it was changed or damaged")
        files = {str(name): (int(size), int(expected)) for name, (size, expected) in content["files"].items()}
    except _FOREIGN as error:
        raise _unreadable(folder, error) from None
    for name, (size, expected) in files.items():
        path = folder / name
        found = path.stat().st_size if path.exists() else None
        if found is None:
            raise CheckpointError(f"{path} is missing")
        if found != size:
            raise CheckpointError(f"{path} has {found:,} bytes instead of {size:,}: it was cut short or changed")
        if checksum(path) != expected:
            raise CheckpointError(f"{path} is damaged: its checksum is not the one in {STATE}")
    try:
        tensors = load_file(folder / TENSORS) if TENSORS in files else {}
        return Checkpoint(folder, load_file(folder / MODEL), unpack(content["state"], tensors))
    except _FOREIGN as error:
        raise _unreadable(folder, error) from None


# What reading and using values of other kinds than a training writes ends in.
_FOREIGN = (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, SafetensorError)


def _unreadable(folder: Path, error: Exception) -> CheckpointError:
    return CheckpointError(f"{folder / STATE} cannot be read ({_reason(error)})")


@contextmanager
def using(checkpoint: Checkpoint) -> Iterator[None]:
    """Say of a checkpoint that its state is not one that a training has written, where taking it up fails."""
    try:
        yield
    except ModelError:
        raise
    except _FOREIGN as error:
        raise _unreadable(checkpoint.folder, error) from error


def _write(target: Path, model: dict[str, Tensor], state: dict[str, Any]) -> Path:
    """A whole checkpoint under a name of its own beside `target`."""
    partial = None
    try:
        partial = new_partial_folder(target)
        skeleton, tensors = pack(state)
        files = {MODEL: model, **({TENSORS: tensors} if tensors else {})}
        for name, content in files.items():
            save_file(content, partial / name)
            # safetensors closes its files to everyone but the writer; here all files are open alike.
            open_to_all(partial / name)
        sizes = {name: [(partial / name).stat().st_size, checksum(partial / name)] for name in files}
        described = {"files": sizes, "state": skeleton}
        (partial / STATE).write_text(json.dumps({"checksum": checksum_of(described), **described}), encoding="utf-8")
        open_to_all(partial)
    except (OSError, SafetensorError) as error:
        if partial is not None:
            _remove(partial)
        kept = f"What {target} held before is whole" if target.exists() else "There is no earlier checkpoint"
        raise CheckpointError(f"{target} could not be written: {_reason(error)}. {kept}") from None
    return partial


def checksum(path: Path) -> int:
    """The CRC-32 of a file: it finds damage, not forgery."""
    value = 0
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            value = zlib.crc32(block, value)
    return value


def checksum_of(content: dict[str, Any]) -> int:
    """The same of a document, however it is laid out."""
    return zlib.crc32(json.dumps(content, sort_keys=True).encode())


def _remove(path: Path) -> None:
    # Of a link, which somebody has made to keep checkpoints on another disk, the link alone.
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    # "Error while serializing: I/O error: No space left on device (os error 28)"
    return re.sub(r"^.*I/O error: |\s*\(os error \d+\)$", "", str(error))

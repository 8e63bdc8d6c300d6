"""Ends of a run that come from outside, in our words."""

from __future__ import annotations

import errno
import shlex
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import torch

from crossent.printable import in_shell
from crossent.train.errors import DataError, TrainingError
from crossent.train.fitting.explaining import explaining, reading_data
from crossent.wording import say, speaking

# More than any machine has.
ALLOCATIONS: dict[str, tuple[Callable[[], object], str]] = {
    "torch": (lambda: torch.empty(1 << 50), "4,194,304.00 GiB more were asked for"),
    "numpy": (lambda: np.empty(1 << 47), "1.00 PiB more were asked for"),
    "pyarrow": (lambda: pa.allocate_buffer(1 << 52), "4,194,304.00 GiB more were asked for"),
    "python": (lambda: [0] * (1 << 60), "Python has none left"),
}


def mapped() -> object:
    raise RuntimeError("unable to mmap 3221225472 bytes from file <model.safetensors>: Cannot allocate memory (12)")


ALLOCATIONS["safetensors"] = (mapped, "3.00 GiB more were asked for")


@pytest.mark.parametrize("name", ALLOCATIONS)
def test_memory_that_is_not_there_is_said_with_its_size(name: str) -> None:
    allocate, asked = ALLOCATIONS[name]
    with pytest.raises(TrainingError) as training, explaining():
        allocate()
    assert str(training.value) == (
        f"the device is out of memory ({asked}). Write a smaller --micro_batch_size: the result stays the same, since "
        "batches are put together exactly"
    )
    with pytest.raises(DataError) as reading, reading_data():
        allocate()
    assert str(reading.value).startswith(
        f"the data do not fit into memory ({asked}). Write a smaller --data.memory_mb: larger data are read from disk "
    )


def test_other_errors_stay_what_they_are() -> None:
    with pytest.raises(RuntimeError, match=r"^sizes do not fit$"), explaining():
        raise RuntimeError("sizes do not fit")


@pytest.mark.parametrize(
    ("there", "text"),
    [
        ((), "Make room, then start the training again"),
        (("config.yaml",), "There is no earlier checkpoint. Make room, then go on with: crossent fit --resume {}"),
        (("config.yaml", "last"), "The last checkpoint is whole. Make room, then go on with: crossent fit --resume {}"),
    ],
)
def test_a_full_disk_is_said_with_what_is_kept(tmp_path: Path, there: tuple[str, ...], text: str) -> None:
    folder = tmp_path / "it's my run"
    folder.mkdir()
    for name in there:
        (folder / name).touch()
    with pytest.raises(TrainingError) as caught, explaining(folder):
        raise OSError(errno.ENOSPC, "No space left on device")
    full = f"a file in {folder} could not be written: No space left on device. "
    assert str(caught.value) == full + text.format(in_shell(folder))
    assert not there or shlex.split(str(caught.value).rpartition(": ")[2])[-1] == str(folder)
    with speaking("zh"):
        assert "腾出空间" in say(str(caught.value))
        assert "checkpoint" not in say(str(caught.value))

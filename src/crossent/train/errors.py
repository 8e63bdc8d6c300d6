"""Errors that end a run or keep it from beginning, in words. Free of torch."""

from __future__ import annotations

import re


class DataError(ValueError):
    """The data cannot be trained on or read: where (file, row), what was expected, what came, what to do."""


class TrainingError(RuntimeError):
    """A run that cannot go on; the text says where it stands and what to try."""


class LostProcessError(TrainingError):
    """Another process of the run is gone; this one can only end."""


class RunError(TrainingError):
    """A folder that is no whole run, or a run that cannot do what is asked; the text says what to do."""


class ModelError(TrainingError, ValueError):
    """A model that does not fit: what came, and what the task or the checkpoint needs."""


def out_of_memory(error: Exception) -> str:
    """The size that an allocation in vain asked for, in words; empty for other errors."""
    text = str(error).partition("\n")[0]
    asked = re.search(r"(?:allocate|mmap) (\d+) bytes|malloc of size (\d+)|Unable to allocate ([\d.]+ \w+)", text)
    # That of torch, for a GPU.
    if type(error).__name__ == "OutOfMemoryError":
        return text.partition(". ")[0]
    if asked is None and text in _ALLOCATIONS:
        return text
    if asked is None:
        return "Python has none left" if isinstance(error, MemoryError) else ""
    return f"{asked[3] or f'{int(asked[1] or asked[2]) / 2**30:,.2f} GiB'} more were asked for"


# How libraries that torch calls say that they have no memory, without its size.
_ALLOCATIONS = ("could not create a primitive", "could not create a memory object", "can't start new thread")

"""Errors that end a run or keep it from beginning, in words. Free of torch."""

from __future__ import annotations


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

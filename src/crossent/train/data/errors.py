"""What is wrong in the data themselves."""

from __future__ import annotations


class DataError(ValueError):
    """The data cannot be trained on or read: where (file, row), what was expected, what came, what to do."""

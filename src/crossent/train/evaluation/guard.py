"""The report of a run never costs the run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def left_out(warnings: list[str], what: str) -> Iterator[None]:
    """Turn an error into a warning that names what is missing for it."""
    try:
        yield
    # Any: hours of training are not thrown away because one figure of their report has a fault.
    except Exception as error:
        warnings.append(f"{what} could not be made: {type(error).__name__}: {error}")

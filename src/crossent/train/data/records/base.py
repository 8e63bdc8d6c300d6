"""What every source gives: rows as they came, that know how they become inputs and targets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

if TYPE_CHECKING:
    from ...config.data import DataConfig
    from ..dataset import Inputs, LazyTargets
    from ..schema import Schema

Rows = NDArray[np.int64]
EMPTY_TEXT = "its text is empty"


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be used: where it is, and why."""

    id: str
    reason: str


class Records(Protocol):
    """N rows of one source; a subset is one too."""

    @property
    def ids(self) -> Sequence[str]:
        """Where each row is from."""

    def __len__(self) -> int: ...

    def take(self, rows: Rows) -> Records:
        """These rows alone, in this order."""

    def raw(self, row: int) -> dict[str, Any]:
        """A row as a person would look at it."""

    def plan(self, config: DataConfig, others: Sequence[Records]) -> Schema:
        """What the inputs and labels are, from these rows and the other parts; nothing that is fitted yet."""

    def bad_rows(self, schema: Schema) -> dict[int, str]:
        """The rows that cannot be used, with the reason."""

    def fit(self, schema: Schema, config: DataConfig) -> Schema:
        """The schema with what is learnt from these rows alone, the training rows."""

    def inputs(self, schema: Schema) -> Inputs:
        """The model's inputs: in memory, or read as they are asked for."""

    def now(self, schema: Schema) -> Inputs:
        """The model's inputs, in memory."""

    def targets(self, schema: Schema) -> Tensor | LazyTargets | None:
        """The targets, None where the source has no labels."""

    def strata(self, schema: Schema) -> Rows | None:
        """A number per row, equal for rows of one class; None where rows have no single class."""

    def groups(self, column: str) -> Rows:
        """A number per row, equal for rows with the same value in this column."""

    def fingerprints(self, schema: Schema) -> NDArray[np.uint64]:
        """A number per row, equal for equal inputs."""

    def iterate(self, batch: int) -> Iterator[dict[str, list[Any]]]:
        """The original rows in order, as columns, `batch` rows at a time."""

    def notes(self, schema: Schema, config: DataConfig) -> list[str]:
        """What is odd about these inputs, the training rows', in sentences."""

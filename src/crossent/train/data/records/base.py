"""Rows as they came, that know how they become inputs and targets: what all kinds have in common.

Torch is loaded where rows become tensors, so that they can be judged before.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ....wording import say
from ...config.data import DataConfig
from ...config.rules import SettingError
from ...errors import DataError
from ..schema import KINDS, Schema

if TYPE_CHECKING:
    import torch
    from torch import Tensor
    from typing_extensions import Self

    from ..inputs import Batch, Inputs, LazyTargets

Rows = NDArray[np.int64]
_SHOWN = 3


class Fault(NamedTuple):
    """Why a row cannot be used: its input cannot be read, its text is empty, or it has no label."""

    kind: Literal["input", "text", "label"]
    reason: str


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be used: where it is, and why."""

    id: str
    reason: str


def bad_rows_error(bad: Sequence[BadRow], count: int) -> DataError:
    """One error for the rows that cannot be used."""
    lines = [say(f"{row.id}: {row.reason}") for row in bad[:_SHOWN]]
    if count > len(lines):
        lines.append(say(f"… and {count - len(lines):,} rows more"))
    if len(lines) == 1:
        return DataError(f"{lines[0]}; correct it, or leave such rows out with --data.on_bad_row skip")
    return DataError("\n".join([*lines, "correct it, or leave such rows out with --data.on_bad_row skip"]))


class Records(ABC):
    """N rows of one source; a subset is one too.

    Args:
        name: of the source.
        rows: (N,) which of the source's rows, in which order.
    """

    # In the plural, for messages.
    what: ClassVar[str]
    # Which kinds of inputs (`Schema.kind`) they can become.
    kinds: ClassVar[tuple[str, ...]] = KINDS
    # (N,) how often each row counts, in losses and figures; None: once.
    weights: NDArray[np.float64] | None = None

    def __init__(self, name: str, rows: Rows) -> None:
        self.name, self.rows = name, rows

    def __len__(self) -> int:
        return len(self.rows)

    @property
    @abstractmethod
    def ids(self) -> Sequence[str]:
        """Where each row is from."""

    def take(self, rows: Rows) -> Self:
        """These rows alone, in this order."""
        part = copy(self)
        part.rows = self.rows[rows]
        part.weights = None if self.weights is None else self.weights[rows]
        return part

    @abstractmethod
    def raw(self, row: int) -> dict[str, Any]:
        """A row as a person would look at it."""

    @abstractmethod
    def plan(self, config: DataConfig, others: Sequence[Self]) -> Schema:
        """Find out what the inputs and labels are, from these rows and the other parts; nothing is fitted yet."""

    def bad_rows(self, schema: Schema) -> dict[int, Fault]:
        """The rows that cannot be used, with the reason."""
        return {}

    def fit(self, schema: Schema, config: DataConfig) -> Schema:
        """The schema with what is learnt from these rows alone, the training rows."""
        return schema

    def inputs(self, schema: Schema) -> Inputs:
        """The model's inputs: in memory, or read as they are asked for."""
        return self.now(schema) if self.fits(schema) else LazyInputs(self, schema)

    def fits(self, schema: Schema) -> bool:
        """Return whether all inputs may be held in memory."""
        return True

    @abstractmethod
    def now(self, schema: Schema) -> Inputs:
        """The model's inputs, in memory."""

    @abstractmethod
    def codes(self, schema: Schema) -> NDArray[Any] | None:
        """The targets of the schema's task, None where the source has no labels."""

    def targets(self, schema: Schema) -> Tensor | LazyTargets | None:
        """The targets as tensors, or read as they are asked for."""
        import torch

        codes = self.codes(schema)
        return None if codes is None else torch.from_numpy(codes)

    def strata(self, schema: Schema) -> Rows | None:
        """A number per row, equal for rows of one class; (N, L) which labels rows of several have; else None."""
        codes = self.codes(schema)
        if codes is None or codes.ndim > 2:
            return None
        if codes.ndim == 2:
            return np.asarray(codes == 1, dtype=np.int64)
        return codes.astype(np.int64) - min(0, int(codes.min()))

    def groups(self, column: str) -> Rows:
        """A number per row, equal for rows with the same value in this column."""
        raise SettingError("data.group", f"nothing, since {self.what} have no columns", column, None)

    def times(self, column: str) -> NDArray[np.float64]:
        """The times of the rows, (N,)."""
        raise SettingError("data.time", f"nothing, since {self.what} have no columns", column, None)

    def own_weights(self, schema: Schema) -> NDArray[np.float64] | None:
        """The weights of the rows, (N,): those that they came with."""
        return self.weights

    def agreement(self, schema: Schema) -> float:
        """How probable it is that the inputs of two rows are equal by chance."""
        return 0.0

    @abstractmethod
    def fingerprints(self, schema: Schema) -> NDArray[np.uint64]:
        """A number per row, equal for equal inputs."""

    def contents(self, schema: Schema, recorded: Mapping[str, str]) -> dict[str, str]:
        """A digest per block of the values that are read, such as a column or a file, by what it is called in
        sentences; of a file that is still the `recorded` one, what is recorded. Nothing where values change."""
        return {}

    def white(self, schema: Schema) -> float:
        """The number that a pixel is divided by before it is normalised: `BYTE` where it is one."""
        return 1.0

    def columns(self, rows: slice) -> dict[str, list[Any]]:
        """Some of the original rows, as columns."""
        return {"row": self.rows[rows].tolist()}

    def iterate(self, batch: int) -> Iterator[dict[str, list[Any]]]:
        """The original rows in order, as columns, `batch` rows at a time."""
        for start in range(0, len(self), batch):
            yield self.columns(slice(start, min(start + batch, len(self))))

    @property
    def types(self) -> dict[str, Any]:
        """The Arrow types of the columns that have one."""
        return {}

    def predicts(self, config: DataConfig) -> str:
        """Which column is predicted, and why it is this one."""
        return ""

    def left_out(self, schema: Schema, config: DataConfig) -> list[str]:
        """The parts of all these rows that the schema does not use, in sentences."""
        return []

    def unknown(self, schema: Schema) -> list[str]:
        """The values in these inputs that the model does not know, in sentences."""
        return []

    def notes(self, schema: Schema, config: DataConfig) -> list[str]:
        """Oddities of these inputs, the training rows', in sentences."""
        return []

    @abstractmethod
    def labelled(self, schema: Schema) -> bool:
        """True if there are labels for the schema's task."""

    def alike(self, part: Records, name: str) -> Self:
        """Another part as records of this kind.

        Raises:
            DataError: it is of another kind.
        """
        if type(part) is not type(self):
            raise DataError(
                f"the {name} part holds {part.what}, the training part {self.what}; all parts need the same kind."
            )
        return part

    def usable(self, schema: Schema, on_bad_row: str, labelled: bool = True) -> tuple[Self, list[BadRow]]:
        """The rows that can be used, and those that cannot; of those without labels all that can be read.

        Raises:
            DataError: there are some, and they are not to be skipped; or no row is left.
        """
        bad = self.bad_rows(schema)
        if not labelled:
            bad = {row: fault for row, fault in bad.items() if fault.kind == "input"}
        if not bad:
            return self, []
        ids = self.ids
        if on_bad_row == "error":
            shown = [BadRow(ids[row], fault.reason) for row, fault in islice(bad.items(), _SHOWN)]
            raise bad_rows_error(shown, len(bad))
        good = np.setdiff1d(np.arange(len(self)), np.fromiter(bad, np.int64))
        if not len(good):
            raise DataError(f"{ids[0]}: {bad[0].reason}; and no other row can be used either.")
        return self.take(good), [BadRow(ids[row], fault.reason) for row, fault in bad.items()]

    def as_trained(self, schema: Schema) -> Self:
        """The same rows, with their columns called as in the training."""
        return self

    def check_readable(self, schema: Schema) -> None:
        """Raise for inputs that cannot be read; an empty text is a text, and labels are not looked at."""
        self.check_kind(schema)
        faults = ((row, fault) for row, fault in self.bad_rows(schema).items() if fault.kind == "input")
        shown = list(islice(faults, _SHOWN))
        if shown:
            ids = self.ids
            raise DataError("\n".join(f"{ids[row]}: {fault.reason}" for row, fault in shown))

    def check_kind(self, schema: Schema) -> None:
        """Raise for rows that cannot become inputs of the schema's kind."""
        if schema.kind not in self.kinds:
            rows = "rows of numbers and categories"
            wanted = {"text": "texts", "tabular": rows, "mixed": f"{rows}, with texts", "image": "images"}
            raise DataError(
                f"{self.name or 'data'}: these are {self.what}, but the training was on "
                f"{wanted.get(schema.kind, 'tensors')}; give a source like the one that it was on."
            )


class LazyInputs:
    """The inputs of records that are larger than memory: a batch is opened, encoded and forgotten."""

    lazy = True

    def __init__(self, records: Records, schema: Schema) -> None:
        self.records, self.schema = records, schema

    def __len__(self) -> int:
        return len(self.records)

    def take(self, rows: Tensor) -> Batch:
        import torch

        part = self.records.take(rows.cpu().numpy())
        return part.now(self.schema).take(torch.arange(len(rows)))

    def subset(self, rows: Tensor) -> LazyInputs:
        return LazyInputs(self.records.take(rows.cpu().numpy()), self.schema)

    def to(self, device: torch.device) -> LazyInputs:
        # Read on the CPU: a batch is moved when it is taken.
        return self

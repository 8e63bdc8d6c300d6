"""Tensors and torch datasets that reach the model as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...config.data import DataConfig
from ...errors import DataError
from ...tasks.base import IGNORED
from ...tasks.registry import task_class
from ...tasks.target import Target
from ..fingerprints import digest_of_array, of_bytes
from ..inputs import Batch, Inputs, TensorInputs
from ..samples import LABELS, Form, stacked
from ..schema import Schema
from .arrays import NOT_FINITE
from .base import Fault, Records, Rows

if TYPE_CHECKING:
    from typing_extensions import Self


class SampleInputs:
    """The inputs of a torch dataset, one sample at a time; samples of different lengths are padded with 0."""

    lazy = True

    def __init__(self, samples: Any, rows: Rows, form: Form) -> None:
        self.samples, self.rows, self.form = samples, rows, form

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, rows: Tensor) -> Batch:
        found = [self.form.inputs(self.samples[int(self.rows[row])]) for row in rows.tolist()]
        parts = [stacked(column) for column in zip(*found, strict=True)]
        return parts[0] if len(parts) == 1 else tuple(parts)

    def subset(self, rows: Tensor) -> SampleInputs:
        return SampleInputs(self.samples, self.rows[rows.cpu().numpy()], self.form)

    def to(self, device: torch.device) -> SampleInputs:
        return self


class TensorRecords(Records):
    """Inputs and labels that nothing is done to.

    Args:
        inputs: of all rows.
        y: (N,) class numbers or 0.0 and 1.0, (N, C) of 0 and 1, (N, H, W) masks, or None.
        name: of the source.
        classes: the names of the classes.
        fixed: whether they are the same, in the same order, each time that they are read.
        arguments: of the model, by which it gets the inputs; without any, by their order.
    """

    what = "tensors"

    def __init__(
        self,
        inputs: Inputs,
        y: Tensor | None,
        name: str = "data",
        classes: Sequence[str] | None = None,
        fixed: bool = True,
        arguments: tuple[str, ...] = (),
    ) -> None:
        if y is not None and len(y) != len(inputs):
            raise DataError(f"{name}: there are {len(inputs):,} inputs and {len(y):,} labels; each input needs one.")
        if len(inputs) == 0:
            raise DataError(f"{name}: there are no rows in it.")
        super().__init__(name, np.arange(len(inputs)))
        self._inputs, self.y, self.classes = inputs, y, classes
        self.fixed, self.arguments = fixed, arguments

    @property
    def ids(self) -> Sequence[str]:
        return [str(number) for number in self.rows.tolist()]

    def take(self, rows: Rows) -> Self:
        part, index = super().take(rows), torch.from_numpy(rows)
        part._inputs, part.y = self._inputs.subset(index), None if self.y is None else self.y[index]
        return part

    def raw(self, row: int) -> dict[str, Any]:
        return {}

    def plan(self, config: DataConfig, others: Sequence[Self]) -> Schema:
        sample = self._inputs.take(torch.zeros(1, dtype=torch.int64))
        first = sample if isinstance(sample, Tensor) else sample[0]
        schema = Schema("tensor", "multiclass", (), tuple(first.shape[1:]), arguments=self.arguments)
        labels = [part.y for part in (self, *others) if part.y is not None]
        if not labels:
            raise DataError(
                f"{self.name}: there are no labels: a sample must be (input, label), or a dict with one of the keys "
                f"{', '.join(LABELS[:4])} (data.target names another)."
            )
        return _labelled(schema, labels, config, self.classes, self.name)

    def bad_rows(self, schema: Schema) -> dict[int, Fault]:
        bad: dict[int, Fault] = {}
        if isinstance(self._inputs, TensorInputs):
            for tensor in self._inputs.tensors:
                if tensor.is_floating_point():
                    finite = torch.isfinite(tensor).reshape(len(tensor), -1).all(1)
                    rows = torch.nonzero(~finite).flatten().tolist()
                    bad.update(dict.fromkeys(rows, NOT_FINITE))
        return dict(sorted(bad.items()))

    def now(self, schema: Schema) -> Inputs:
        return self._inputs

    def labelled(self, schema: Schema) -> bool:
        return self.y is not None

    def codes(self, schema: Schema) -> NDArray[Any] | None:
        if self.y is None:
            return None
        kind, y = task_class(schema.task), self.y
        if kind.target is not Target.MASK:
            y = (y.reshape(len(y)) if kind.target is Target.CLASS else y).to(kind.dtype)
        return y.numpy(force=True)

    def fingerprints(self, schema: Schema) -> NDArray[np.uint64]:
        if not isinstance(self._inputs, TensorInputs):
            # Samples of a dataset may differ at each reading.
            return np.zeros(0, dtype=np.uint64)
        rows = [tensor.contiguous().view(len(self), -1).cpu().numpy() for tensor in self._inputs.tensors]
        return of_bytes(b"".join(part.tobytes() for part in row) for row in zip(*rows, strict=True))

    def contents(self, schema: Schema, recorded: Mapping[str, str]) -> dict[str, str]:
        if not self.fixed:
            return {}
        held = self._inputs.tensors if isinstance(self._inputs, TensorInputs) else ()
        blocks = {f"inputs {number}": tensor for number, tensor in enumerate(held, start=1)}
        labels = {} if self.y is None else {"labels": self.y}
        return {name: digest_of_array(block.numpy(force=True)) for name, block in {**blocks, **labels}.items()}


def _labelled(
    schema: Schema, labels: list[Tensor], config: DataConfig, names: Sequence[str] | None, where: str
) -> Schema:
    """The task that the labels are of: whole numbers are classes, fractions of 0 and 1 are for the binary losses."""
    y = torch.cat([part.reshape(len(part), *part.shape[1:]) for part in labels])
    task = config.task
    if task == "auto":
        single = y.dim() == 1 or (y.dim() == 2 and y.shape[1] == 1)
        task = "segmentation" if y.dim() >= 3 else "multilabel" if not single else "multiclass"
        if single and y.is_floating_point():
            task = "binary"
    kind = task_class(task)
    if kind.dtype.is_floating_point:
        known = y[~y.isnan()] if y.is_floating_point() else y
        if ((known != 0) & (known != 1)).any():
            wrong = known[(known != 0) & (known != 1)][0].item()
            hint = "; class numbers should be int64" if kind.target is Target.CLASS else ""
            raise DataError(f"{where}: the labels of a {task} task are 0 and 1, got {wrong:g}{hint}.")
        count = 2 if kind.target is Target.CLASS else y.shape[1]
        ignored = None
    else:
        whole = y.long()
        if not torch.equal(whole.to(y.dtype), y):
            raise DataError(f"{where}: the labels of a {task} task are whole numbers, got {y[whole != y][0].item():g}.")
        ignored = config.ignore_index if config.ignore_index is not None else _ignored(whole, kind.target)
        known = whole if ignored is None else whole[whole != ignored]
        if len(known) == 0 or int(known.min()) < 0:
            what = "there are none" if len(known) == 0 else f"got {int(known.min())}"
            raise DataError(f"{where}: class numbers count from 0 ({IGNORED}: does not count), {what}.")
        count = max(int(known.max()) + 1, 2)
        if len(known.unique()) == 1:
            raise DataError(f"{where}: all labels are {int(known[0])}; a classifier needs at least two classes.")
    classes = tuple(names or map(str, range(count)))
    return replace(schema, task=task, classes=classes, labels=classes, ignore_index=ignored)


def _ignored(whole: Tensor, target: Target) -> int | None:
    if (whole == IGNORED).any():
        return IGNORED
    return 255 if target is Target.MASK and (whole == 255).any() else None

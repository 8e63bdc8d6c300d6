"""`crossent test` on files of rows, read row group by row group: memory does not grow with the number of rows.

Counts, means, the loss and the rows with the highest losses are of all rows. Ranking (ROC-AUC, average precision),
calibration, curves and predictions.csv need the logits of rows together: beyond a million rows they are of a random
million. Legend: N rows, C classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..data.dataset import Dataset
from ..data.records.shard_rows import Ids, ShardRows
from ..data.shares import uniform
from ..data.sources.shards import SHARDS, Shards, is_remote, is_sharded, open_shards
from ..evaluation.outputs import Outputs, PixelOutputs
from ..evaluation.sums import Sums
from ..evaluation.worst import Suspect, worst
from .run import Run

# Rows, and logits, that are held for what needs them together.
_ROWS, _LOGITS = 1 << 20, 1 << 23
# Of the draw of these rows: no split of them has it.
_SEED = 2**40
# Rows with the highest losses that are told.
_WORST = 20


@dataclass(frozen=True)
class Tested:
    """A test's findings, from which a report is made.

    Attributes:
        part: shows its rows.
        outputs: of all rows, or of some of them.
        worst: the rows with the highest losses.
        notes: what a reader has to know.
        sums, tuned: of all rows, with the usual and the tuned thresholds, where the outputs are of some.
    """

    part: Any
    outputs: Outputs | PixelOutputs
    worst: list[Suspect]
    notes: list[str]
    sums: Sums | None = None
    tuned: Sums | None = None


def files_of(run: Run, source: Any) -> Shards | None:
    """The files of a source that is read by row groups."""
    if not isinstance(source, str) or run.schema.kind not in ("tabular", "text", "mixed"):
        return None
    path = Path(source).expanduser()
    if is_remote(source) or is_sharded(path) or (path.suffix.lower() in SHARDS and path.is_file()):
        return open_shards(source if is_remote(source) else path)
    return None


def in_parts(run: Run, shards: Shards, batch_size: int, cuts: Tensor | None) -> Tested:
    """Test a run on all rows of files; `cuts`: the tuned thresholds."""
    part, share = _Part(run, shards), min(_ROWS, _LOGITS // run.task.outputs) / shards.rows
    notes, suspects, held, rows = list[str](), list[Suspect](), list[Outputs](), list[NDArray[np.int64]]()
    sums: list[Sums | None] = [None, None]
    for number, start in enumerate(shards.starts[:-1].tolist()):
        data = part.group(number)
        outputs = run.collect(data, batch_size)
        assert isinstance(outputs, Outputs), "rows of files have no masks"
        for place, cut in enumerate((0.0, cuts)):
            if cut is not None:
                found, before = Sums.of(outputs, cut), sums[place]
                sums[place] = found if before is None else before + found
        suspects += [replace(item, row=item.row + start) for item in worst(outputs, _WORST)]
        suspects = sorted(suspects, key=lambda item: -item.loss)[:_WORST]
        chosen = np.flatnonzero(uniform(np.arange(start, start + len(data), dtype=np.uint64), _SEED) < share)
        rows.append(start + chosen)
        held.append(_some(outputs, torch.from_numpy(chosen)))
        if number == 0 and data.records is not None:
            notes += data.records.unknown(run.schema)
    whole = sums[0]
    assert whole is not None, "files without row groups are refused"
    outputs = _joined(held, Ids(shards, np.concatenate(rows)), whole)
    if len(outputs.ids) == whole.samples:
        return Tested(part, outputs, suspects, notes)
    notes.append(
        f"ROC-AUC, average precision, calibration, curves and predictions.csv are of a random {len(outputs.ids):,} of "
        f"the {whole.samples:,} rows; all other figures are of all"
    )
    return Tested(part, outputs, suspects, notes, *sums)


def _some(outputs: Outputs, rows: Tensor) -> Outputs:
    targets, losses, weights = (
        None if part is None else part[rows] for part in (outputs.targets, outputs.losses, outputs.weights)
    )
    return replace(outputs, logits=outputs.logits[rows], targets=targets, losses=losses, weights=weights)


def _joined(parts: Sequence[Outputs], ids: Sequence[str], whole: Sums) -> Outputs:
    """Outputs one after the other, with the loss of all rows."""

    def one(name: str) -> Tensor | None:
        tensors = [getattr(part, name) for part in parts]
        return None if tensors[0] is None else torch.cat(tensors)

    total, divisor = whole.means["loss"]
    loss = total / divisor if divisor else float("nan")
    logits = torch.cat([part.logits for part in parts])
    return Outputs(parts[0].task, logits, one("targets"), one("losses"), ids, loss, one("weights"), divisor)


class _Part:
    """The rows of files as the model reads them, a row group at a time."""

    def __init__(self, run: Run, shards: Shards) -> None:
        self.run, self.shards = run, shards

    def group(self, number: int) -> Dataset:
        """The rows of a row group, with their labels."""
        return self.run.ready(self._rows(number, {name for run in self.run.runs for name in run.schema.used}), True)

    def show(self, row: int) -> Any:
        """A row as people look at it."""
        number = int(np.searchsorted(self.shards.starts, row, "right")) - 1
        rows = self._rows(number, None).take(np.asarray([row - int(self.shards.starts[number])]))
        return self.run.ready(rows, False).show(0)

    def _rows(self, number: int, columns: Sequence[str] | set[str] | None) -> ShardRows:
        table = self.shards.read(*self.shards.groups[number], None if columns is None else sorted(columns))
        start = int(self.shards.starts[number])
        return ShardRows(self.shards, table, np.arange(start, start + len(table)), self.run.config.data.memory_mb << 20)

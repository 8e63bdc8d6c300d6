"""The counts of the census, and what looks wrong in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...weights import pos_weights, weights_of_counts
from ...wording import listed
from ..tasks.registry import target_of
from ..tasks.target import Target
from .census import Census, ClassCount, Leak
from .dataset import Dataset
from .records.base import BadRow
from .schema import Schema

# A census of masks that are read from disk looks at this many of each part.
_MASKS = 200
_RARE = 10


class Known(NamedTuple):
    """The counts of a part that is a sample of more rows: how many they are, and those of each class, (C,)."""

    rows: int
    classes: Tensor


def take_census(
    source: str,
    schema: Schema,
    parts: dict[str, Dataset],
    inputs: str,
    notes: Sequence[str] = (),
    skipped: Sequence[BadRow] = (),
    prints: dict[str, NDArray[np.uint64]] | None = None,
    agreement: float | None = None,
    known: dict[str, Known] | None = None,
) -> Census:
    """Count the parts "train", "val" and "test".

    Args:
        source: its name.
        schema: of all parts.
        parts: the data.
        inputs: one line about the inputs.
        notes: what the reading and splitting found.
        skipped: rows that were left out.
        prints: a number per row and part, equal for equal inputs.
        agreement: how probable it is that two rows are equal by chance, for tables.
        known: the counts of parts that are samples.
    """
    counts = {name: class_counts(part, schema) for name, part in parts.items()}
    rows = {name: len(part) for name, part in parts.items()}
    for name, found in (known or {}).items():
        counts[name], rows[name] = found.classes, found.rows
    weights = _weights(parts["train"], counts["train"], schema)
    classes = tuple(
        ClassCount(
            name, int(counts["train"][place]), int(counts["val"][place]), int(counts["test"][place]), weights[place]
        )
        for place, name in enumerate(schema.classes)
    )
    leaks, duplicates = _repeats(parts, prints or {}, agreement)
    warnings = [*notes, *_label_warnings(classes, schema), *_repeat_warnings(leaks, duplicates, len(parts["train"]))]
    if skipped:
        warnings.insert(0, f"{len(skipped):,} rows were skipped, the first {skipped[0].id}: {skipped[0].reason}")
    return Census(source, schema.kind, schema.task, rows, inputs, classes, leaks, duplicates, tuple(skipped), warnings)


def class_counts(part: Dataset, schema: Schema) -> Tensor:
    """Rows of each class (positives, in a multi-label task; pixels, in masks), (C,)."""
    targets = part.targets
    if targets is None:
        return torch.zeros(len(schema.classes), dtype=torch.int64)
    if not isinstance(targets, Tensor):
        targets = targets.take(torch.arange(0, len(part), max(1, len(part) // _MASKS)))
    return schema.new_task().count(targets)


def _weights(train: Dataset, counts: Tensor, schema: Schema) -> list[float]:
    if target_of(schema.task) is not Target.LABELS:
        balanced = weights_of_counts(counts.double(), "balanced")
    else:
        assert isinstance(train.targets, Tensor), "only masks are read from disk"
        balanced = pos_weights(train.targets)
    numbers: list[float] = balanced.tolist()
    return numbers


def _label_warnings(classes: Sequence[ClassCount], schema: Schema) -> list[str]:
    target = target_of(schema.task)
    what = "pixels" if target is Target.MASK else "rows"
    warnings = []
    unseen = [c.name for c in classes if c.train == 0 and c.val + c.test > 0]
    absent = [c.name for c in classes if c.train + c.val + c.test == 0]
    if unseen:
        warnings.append(f"not in the training part, so that it cannot be learnt: {_named(unseen)}")
    if absent:
        warnings.append(f"without any {what}: {_named(absent)}")
    if target is not Target.CLASS:
        return warnings
    rare = [c.name for c in classes if 0 < c.train < _RARE]
    if {"-1", "0"} <= set(schema.labels) and min(map(float, filter(_is_whole, schema.labels))) == -1:
        warnings.append(
            "'-1' is a class like others: if it stands for a missing label, as in codes of pandas, empty it"
        )
    if rare:
        warnings.append(f"fewer than {_RARE} training rows: {_named(rare)}")
    counts = [c.train for c in classes if c.train > 0]
    if len(counts) > 1 and max(counts) >= 10 * min(counts):
        ratio = max(counts) / min(counts)
        warnings.append(
            f"the largest class has {ratio:,.0f} times the rows of the smallest: try --loss.weight balanced"
        )
    return warnings


def _repeats(
    parts: dict[str, Dataset], prints: dict[str, NDArray[np.uint64]], agreement: float | None
) -> tuple[tuple[Leak, ...], int]:
    if "train" not in prints:
        return (), 0
    train = prints["train"]
    values, first = np.unique(train, return_index=True)
    leaks = []
    for name in ("val", "test"):
        if name not in prints or not len(values):
            continue
        place = np.minimum(np.searchsorted(values, prints[name]), len(values) - 1)
        rows = np.flatnonzero(values[place] == prints[name])
        if len(rows):
            twins = first[place[rows]]
            example = (parts[name].ids[int(rows[0])], parts["train"].ids[int(twins[0])])
            other = _different(parts[name].targets, rows, parts["train"].targets, twins)
            total = len(parts[name])
            chance = None if agreement is None else total * -float(np.expm1(-agreement * len(train)))
            leaks.append(Leak(name, len(rows), total, other, example, chance))
    return tuple(leaks), len(train) - len(values)


def _different(targets: Any, rows: NDArray[np.int64], others: Any, twins: NDArray[np.int64]) -> int:
    if not isinstance(targets, Tensor) or not isinstance(others, Tensor):
        return 0
    unequal = targets[torch.from_numpy(rows)] != others[torch.from_numpy(twins)]
    return int(unequal.reshape(len(rows), -1).any(1).sum())


def _repeat_warnings(leaks: Sequence[Leak], duplicates: int, rows: int) -> list[str]:
    names = {"val": "validation", "test": "test"}
    warnings = []
    for leak in leaks:
        more = ""
        if leak.chance is not None:
            more += f"; chance would give {leak.chance:,.0f}"
        if leak.chance is None or leak.rows > max(2 * leak.chance, leak.chance + 3 * leak.chance**0.5):
            more += f": a leak, the {names[leak.part]} will look too good"
        if leak.conflicting:
            more += f"; {leak.conflicting:,} of them with another label"
        warnings.append(
            f"{leak.rows:,} of {leak.total:,} {names[leak.part]} rows also stand in the training part "
            f"(such as {leak.example[0]} = {leak.example[1]}){more}"
        )
    if duplicates > rows // 100:
        together = "" if leaks else " (copies stay in one part)"
        warnings.append(f"{duplicates:,} of {rows:,} training rows repeat the input of another one{together}")
    return warnings


def _named(names: Sequence[str]) -> str:
    return listed(list(map(repr, names)))


def _is_whole(label: str) -> bool:
    return label.lstrip("-").isdecimal()

"""From open records to their schema, the rows that can be used, and the split: all that can be known without torch."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..config.data import DataConfig, refuse
from ..config.names import is_url
from ..config.rules import SettingError
from ..errors import DataError
from .labels import named_classes
from .records.base import BadRow, Records, Rows
from .records.tables import TableRecords
from .schema import Schema
from .sources.archives import is_archive
from .sources.bundled import BUNDLED
from .sources.layout import find_layout
from .sources.opening import Parts, open_source
from .sources.remote import refuse_remote
from .split import Begun, are_copies, fold_rows, split_as_before, split_by_time, split_rows

# Bytes up to which data are read twice, so that what is wrong with them is said before torch has loaded.
_SMALL = 1 << 22
# Files of a folder up to which it is looked through twice.
_FEW = 1000


@dataclass(frozen=True)
class Plan:
    """The parts, split, of which nothing is fitted yet.

    Attributes:
        given: the records of the parts.
        unlabelled: a test part without labels.
        schema: of all of them.
        skipped: rows that cannot be used.
        left: what of the rows is not used, in sentences.
        notes: on the split.
    """

    given: dict[str, Records]
    unlabelled: Records | None
    schema: Schema
    skipped: list[BadRow]
    left: list[str]
    notes: list[str]


def judge(config: DataConfig, seed: int = 0) -> None:
    """Raise what a training on a small table would raise, and for other sources whether they are there.

    Raises:
        SettingError, DataError: as `load`.
    """
    if is_url(config.source):
        refuse_remote("data.source", config.source)
        return
    path = Path(config.source).expanduser()
    if config.source in BUNDLED or is_archive(path):
        return
    paths = [place.path for place in find_layout(path).parts.values()] if path.is_dir() else [path]
    paths += [Path(other) for other in (config.val, config.test) if other is not None]
    if any(map(_is_large, paths)):
        return
    parts = open_source(config)
    if all(isinstance(part, TableRecords) for part in parts.records.values()):
        plan(parts, config, seed)


def _is_large(path: Path) -> bool:
    if path.is_dir():
        return len(list(islice(path.rglob("*"), _FEW))) == _FEW
    return path.exists() and path.stat().st_size > _SMALL


def plan(parts: Parts, config: DataConfig, seed: int, begun: Begun | None = None) -> Plan:
    """Find out what the records are, leave out what cannot be used, and split; those of a begun run as they were."""
    first = parts.records["train"]
    given = {name: first.alike(part, name) for name, part in parts.records.items()}
    if begun is None:
        schema, unlabelled = _schema(given, config)
    else:
        schema = begun.schema
        first.check_kind(schema)
        unlabelled = _without_labels(given, schema)
    if schema.weight != config.weight and begun is None:
        raise SettingError("data.weight", f"nothing, since {first.what} have no columns", config.weight, None)
    skipped = list(parts.skipped)
    for name, part in given.items():
        given[name], bad = part.usable(schema, config.on_bad_row)
        skipped += bad
    if unlabelled is not None:
        unlabelled, bad = unlabelled.usable(schema, config.on_bad_row, labelled=False)
        skipped += bad
    if skipped and config.on_bad_row == "skip" and begun is None:
        # Labels that only bad rows had are gone.
        schema, _ = _schema(given, config)
    # Of all rows: after the split, a column that counts them has gaps.
    left = first.left_out(schema, config)
    if begun is None:
        given, notes = _split(given, schema, config, seed, unlabelled is None)
    else:
        given, notes = split_as_before(given, begun.split), []
    return Plan(given, unlabelled, schema, skipped, left, notes)


def _schema(given: dict[str, Records], config: DataConfig) -> tuple[Schema, Records | None]:
    """The schema of the labelled parts; a test part without labels is taken out of those given."""
    train = given["train"]
    named = (config.positive, config.class_names)
    if len(given) == 1:
        return named_classes(train.plan(config, []), *named), None
    alone = train.plan(config, [])
    unlabelled = _without_labels(given, alone)
    others = [part for name, part in given.items() if name != "train"]
    schema = train.plan(config, others) if others else alone
    return named_classes(schema, *named), unlabelled


def _without_labels(given: dict[str, Records], schema: Schema) -> Records | None:
    """The test part, taken out of those given, if it has no labels."""
    unlabelled = None
    for name, part in list(given.items()):
        if name == "train" or part.labelled(schema):
            continue
        if name == "val":
            raise DataError(
                f"the val part ({part.name}) has no labels{_missing(schema)}; without it, one is split off."
            )
        unlabelled = given.pop(name)
    return unlabelled


def _missing(schema: Schema) -> str:
    return f" (column {', '.join(map(repr, schema.target))})" if schema.target else ""


def _split(
    given: dict[str, Records], schema: Schema, config: DataConfig, seed: int, test: bool
) -> tuple[dict[str, Records], list[str]]:
    """The parts that were not given, taken from the training rows; `test`: this one too."""
    train = given["train"]
    if config.fold is not None:
        _refuse_fold(given, config)
        number, folds = map(int, config.fold.split("/"))
        strata, groups, twins = _kept_together(train, schema, config)
        parts = fold_rows(len(train), strata, groups, folds, seed, twins)
        train, own = train.take(np.flatnonzero(parts != number - 1)), train.take(np.flatnonzero(parts == number - 1))
        given = {**given, "train": train, "test": own}
    shares = tuple(
        0.0 if name in given or (name == "test" and not test) else share
        for name, share in (("val", config.val_fraction), ("test", config.test_fraction))
    )
    if not any(shares):
        return given, []
    if config.time is not None:
        refuse(config, ("group",), "data.time says which rows stay together")
        split = split_by_time(train.times(config.time), (shares[0], shares[1]))
        notes = [f"split by {config.time!r}, the last rows test; it is no input, since later times are never seen"]
    else:
        strata, groups, twins = _kept_together(train, schema, config)
        split, notes = split_rows(len(train), strata, groups, (shares[0], shares[1]), seed, twins)
    made = {name: train.take(rows) for name, rows in zip(("train", "val", "test"), split, strict=True) if len(rows)}
    return {**made, **{name: part for name, part in given.items() if name != "train"}}, notes


def _kept_together(
    rows: Records, schema: Schema, config: DataConfig
) -> tuple[Rows | None, Rows | None, NDArray[np.uint64] | None]:
    """The strata, the groups and the copies among rows that are to be split."""
    groups = rows.groups(config.group) if config.group else None
    twins = rows.fingerprints(schema) if schema.kind in ("text", "mixed", "image", "tabular") else None
    if twins is not None and not are_copies(twins, rows.agreement(schema)):
        twins = None
    return rows.strata(schema), groups, twins


def _refuse_fold(given: dict[str, Records], config: DataConfig) -> None:
    """Raise for data whose test part is decided on already."""
    why = "the data bring a test part of their own" if "test" in given else "data.time says which rows test"
    if "test" in given or config.time is not None:
        raise SettingError("folds", f"nothing, since {why}", config.fold, None)

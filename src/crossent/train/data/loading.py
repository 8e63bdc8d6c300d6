"""From a source to the three parts: open, plan, drop what cannot be used, split, fit on training, encode, count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from ..config.data import DataConfig
from ..errors import DataError
from .augment import augmentation
from .census import Census, class_counts, take_census
from .dataset import Dataset
from .records.base import EMPTY_TEXT, BadRow, Records
from .records.images import ImageRecords
from .records.masks import MaskRecords
from .records.tables import TableRecords
from .schema import Schema
from .sources.opening import Parts, open_records, open_source
from .split import split_rows
from .table_plan import left_out

_SHOWN = 3


@dataclass(frozen=True, eq=False)
class Data:
    """The three parts of a data set, what is known about it, and its census.

    `loader` is the training loader that was given in place of data: its batches are trained on, as they are.
    """

    train: Dataset
    val: Dataset
    test: Dataset
    schema: Schema
    census: Census
    loader: Any = None


def load(config: DataConfig, seed: int = 0) -> Data:
    """The data of a source, split and ready for a model.

    Raises:
        SettingError: a setting does not fit the data, such as a column that there is not.
        DataError: the data cannot be used.
    """
    return prepare(open_source(config), config, seed)


def prepare(parts: Parts, config: DataConfig, seed: int) -> Data:
    """The same from records that are open."""
    given = {name: part for name, part in (("train", parts.train), ("val", parts.val), ("test", parts.test)) if part}
    others = [part for name, part in given.items() if name != "train"]
    schema = parts.train.plan(config, others)
    skipped = list(parts.skipped)
    for name, part in given.items():
        given[name], bad = _usable(part, schema, config.on_bad_row)
        skipped += bad
    if skipped and config.on_bad_row == "skip":
        # Labels that only bad rows had are gone.
        schema = given["train"].plan(config, [part for name, part in given.items() if name != "train"])
    # Of all rows: after the split, a column that counts them has gaps.
    left = left_out(parts.train, schema, config) if isinstance(parts.train, TableRecords) else []
    given, notes = _split(given, schema, config, seed)
    train = given["train"]
    schema = train.fit(schema, config)
    sets = {name: encode(given[name], schema) for name in ("train", "val", "test")}
    _check_classes(sets["train"], schema, parts.name)
    augment = augmentation(schema, config.augment)
    sets["train"] = replace(sets["train"], augment=augment)
    prints = {name: part.fingerprints(schema) for name, part in given.items()}
    notes = [*parts.notes, *left, *notes, *train.notes(schema, config)]
    census = take_census(parts.name, schema, sets, describe(schema), notes, skipped, prints)
    return Data(sets["train"], sets["val"], sets["test"], schema, census)


def read(source: Any, schema: Schema, labelled: bool | None = None, encoding: str = "auto") -> Dataset:
    """The rows of a source, read as those that the schema was made of; all of them, in their order.

    Args:
        source: whatever `load` reads, or a table, texts or arrays in Python.
        schema: of the training.
        labelled: whether the labels are read too; by default where the source has them.
        encoding: of text files.

    Raises:
        SettingError: there is no such source.
        DataError: it cannot be read so, or `labelled` and there are no labels.
    """
    records = reopened(source, schema, encoding)
    _check_rows(records, schema, labelled is not False)
    targets = None if labelled is False else records.targets(schema)
    if labelled and targets is None:
        where = f"the column {', '.join(schema.target)}" if schema.target else "labels"
        raise DataError(f"{source if isinstance(source, str) else 'data'}: there are no labels: {where} is missing.")
    return Dataset(records.inputs(schema), targets, records.ids, records, text=schema.text)


def rows(source: Any, batch: int = 1024, encoding: str = "auto") -> Iterator[dict[str, list[Any]]]:
    """The original rows of a source in order, as columns, `batch` rows at a time."""
    records = reopened(source, None, encoding)
    yield from records.iterate(batch)


def reopened(source: Any, schema: Schema | None, encoding: str) -> Records:
    """The records of a source by itself, without its parts."""
    config = DataConfig(encoding=encoding)
    if isinstance(source, (str, Path)):
        records = open_records(str(source), config, [], [], "SOURCE")
        if (
            isinstance(records, ImageRecords)
            and (schema and schema.task == "segmentation")
            and not isinstance(records, MaskRecords)
        ):
            records.labels = None  # the names of folders are no masks
        return records
    from .sources.python import to_columns

    return to_columns(source, schema)


def _check_rows(records: Records, schema: Schema, labelled: bool) -> None:
    """Unreadable inputs are an error; an empty text is a text; a row without a label is one only where labels count."""
    bad = records.bad_rows(schema)
    unreadable = {row: why for row, why in bad.items() if "no label" not in why and "no mask" not in why}
    unreadable = {row: why for row, why in unreadable.items() if why != EMPTY_TEXT}
    if unreadable:
        ids = records.ids
        raise DataError("\n".join(f"{ids[row]}: {why}" for row, why in islice(unreadable.items(), _SHOWN)))


def _check_classes(train: Dataset, schema: Schema, where: str) -> None:
    """A training part of one class is no task, even where other parts have more."""
    counts = class_counts(train, schema)
    if schema.task != "multilabel" and int((counts > 0).sum()) < 2:
        name = schema.classes[int(counts.argmax())]
        raise DataError(
            f"{where}: all {len(train):,} training rows are of the class {name!r}; a classifier needs at least two."
        )


def encode(records: Records, schema: Schema) -> Dataset:
    """The records as the model wants them."""
    inputs = records.inputs(schema)
    return Dataset(inputs, records.targets(schema), records.ids, records, text=schema.text)


def _usable(part: Records, schema: Schema, on_bad_row: str) -> tuple[Records, list[BadRow]]:
    bad = part.bad_rows(schema)
    if not bad:
        return part, []
    ids = part.ids
    if on_bad_row == "error":
        raise bad_rows_error([BadRow(ids[row], reason) for row, reason in islice(bad.items(), _SHOWN)], len(bad))
    good = np.setdiff1d(np.arange(len(part)), np.fromiter(bad, np.int64))
    if not len(good):
        raise DataError(f"{ids[0]}: {bad[0]}; and no other row can be used either.")
    return part.take(good), [BadRow(ids[row], reason) for row, reason in bad.items()]


def bad_rows_error(bad: Sequence[BadRow], count: int) -> DataError:
    """One error for the rows that cannot be used."""
    lines = [f"{row.id}: {row.reason}" for row in bad[:_SHOWN]]
    if count > len(lines):
        lines.append(f"… and {count - len(lines):,} rows more")
    end = "; " if len(lines) == 1 else "\n"
    return DataError(f"{chr(10).join(lines)}{end}correct it, or leave such rows out with --data.on_bad_row skip")


def _split(
    given: dict[str, Records], schema: Schema, config: DataConfig, seed: int
) -> tuple[dict[str, Records], list[str]]:
    """The parts that were not given, taken from the training rows."""
    train = given["train"]
    shares = tuple(
        0.0 if name in given else share
        for name, share in (("val", config.val_fraction), ("test", config.test_fraction))
    )
    if not any(shares):
        return given, []
    groups = train.groups(config.group) if config.group else None
    # Tables with few columns repeat themselves by nature; the same text or image twice is a copy.
    twins = train.fingerprints(schema) if schema.kind in ("text", "image") else None
    split, notes = split_rows(len(train), train.strata(schema), groups, (shares[0], shares[1]), seed, twins)
    made = {name: train.take(rows) for name, rows in zip(("train", "val", "test"), split, strict=True) if len(rows)}
    return {**made, **{name: part for name, part in given.items() if name != "train"}}, notes


def describe(schema: Schema) -> str:
    """One line about the inputs."""
    if schema.kind == "image":
        channels, height, width = schema.input_shape
        return f"images of {height}x{width}, {'grey' if channels == 1 else f'{channels} channels'}"
    if schema.kind == "text":
        where = f"column {schema.text[0]!r}" if len(schema.text) == 1 else f"columns {', '.join(schema.text)}"
        return f"text in {where}: {schema.vocabulary:,} {schema.tokenizer}, up to {schema.max_length} of them per text"
    if schema.kind == "tabular":
        counts = ((len(schema.numbers), "numeric"), (len(schema.categories), "categorical"))
        return " and ".join(f"{count} {name}" for count, name in counts if count) + " columns"
    return f"inputs of the shape {schema.input_shape}"

"""From open records to the three parts: plan, drop what cannot be used, split, fit on training, encode, count."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch

from ..config.data import DataConfig
from ..errors import DataError
from ..tasks.base import Target
from ..tasks.registry import task_class
from .augment import augmentation
from .census import Census
from .counting import class_counts, take_census
from .dataset import Dataset
from .labels import named_classes
from .records.base import Records
from .schema import Schema
from .sources.opening import Parts
from .split import Begun, split_as_before, split_rows

# Where the predictions for a test part without labels stand in the folder of a run.
PREDICTED = "predictions_test"


@dataclass(frozen=True, eq=False)
class Data:
    """The three parts of a data set, what is known about it, and its census.

    `unlabelled` is a test part without labels: it is predicted, and `test` is empty. `loader` is the training loader
    that was given in place of data: its batches are trained on, as they are.
    """

    train: Dataset
    val: Dataset
    test: Dataset
    schema: Schema
    census: Census
    unlabelled: Dataset | None = None
    loader: Any = None


def prepare(parts: Parts, config: DataConfig, seed: int, begun: Begun | None = None) -> Data:
    """The data of records that are open, split and ready for a model; those of a run that has begun as they were."""
    first = parts.records["train"]
    given = {name: first.alike(part, name) for name, part in parts.records.items()}
    if begun is None:
        schema, unlabelled = _plan(given, config)
    else:
        schema = begun.schema
        first.check_kind(schema)
        unlabelled = _without_labels(given, schema)
    skipped = list(parts.skipped)
    for name, part in given.items():
        given[name], bad = part.usable(schema, config.on_bad_row)
        skipped += bad
    if unlabelled is not None:
        unlabelled, bad = unlabelled.usable(schema, config.on_bad_row, labelled=False)
        skipped += bad
    if skipped and config.on_bad_row == "skip" and begun is None:
        # Labels that only bad rows had are gone.
        schema, _ = _plan(given, config)
    # Of all rows: after the split, a column that counts them has gaps.
    left = first.left_out(schema, config)
    if begun is None:
        given, notes = _split(given, schema, config, seed, unlabelled is None)
        schema = given["train"].fit(schema, config)
    else:
        given, notes = split_as_before(given, begun.split), []
    train = given["train"]
    sets = {name: encode(part, schema) for name, part in given.items()}
    if unlabelled is not None:
        sets["test"] = sets["val"].take(torch.zeros(0, dtype=torch.int64))
        notes.append(
            f"the test part has no labels: there will be no test figures, but predictions for its {len(unlabelled):,} "
            f"rows in {PREDICTED}"
        )
    _check_classes(sets["train"], schema, parts.name)
    sets["train"] = replace(sets["train"], augment=augmentation(schema, config.augment))
    prints = {name: part.fingerprints(schema) for name, part in given.items()}
    strange = [
        f"{name} part: {line}"
        for name in parts.records
        if name in given and name != "train"
        for line in given[name].unknown(schema)
    ]
    notes = [*parts.notes, *left, *notes, *train.notes(schema, config), *strange]
    census = take_census(parts.name, schema, sets, describe(schema), notes, skipped, prints)
    census = replace(census, predicts=first.predicts(config))
    others = None if unlabelled is None else encode(unlabelled, schema, labelled=False)
    return Data(sets["train"], sets["val"], sets["test"], schema, census, others)


def encode(records: Records, schema: Schema, labelled: bool = True) -> Dataset:
    """The records as the model wants them, with their targets where they are `labelled`."""
    targets = records.targets(schema) if labelled else None
    text = schema.text if schema.kind == "text" else ()
    return Dataset(records.inputs(schema), targets, records.ids, records, text=text)


def _plan(given: dict[str, Records], config: DataConfig) -> tuple[Schema, Records | None]:
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


def _check_classes(train: Dataset, schema: Schema, where: str) -> None:
    """A training part of one class is no task, even where other parts have more."""
    counts = class_counts(train, schema)
    if task_class(schema.task).target is not Target.LABELS and int((counts > 0).sum()) < 2:
        name = schema.classes[int(counts.argmax())]
        raise DataError(
            f"{where}: all {len(train):,} training rows are of the class {name!r}; a classifier needs at least two."
        )


def _split(
    given: dict[str, Records], schema: Schema, config: DataConfig, seed: int, test: bool
) -> tuple[dict[str, Records], list[str]]:
    """The parts that were not given, taken from the training rows; `test`: this one too."""
    train = given["train"]
    shares = tuple(
        0.0 if name in given or (name == "test" and not test) else share
        for name, share in (("val", config.val_fraction), ("test", config.test_fraction))
    )
    if not any(shares):
        return given, []
    groups = train.groups(config.group) if config.group else None
    # Tables with few columns repeat themselves by nature; the same text or image twice is a copy.
    twins = train.fingerprints(schema) if schema.kind in ("text", "mixed", "image") else None
    split, notes = split_rows(len(train), train.strata(schema), groups, (shares[0], shares[1]), seed, twins)
    made = {name: train.take(rows) for name, rows in zip(("train", "val", "test"), split, strict=True) if len(rows)}
    return {**made, **{name: part for name, part in given.items() if name != "train"}}, notes


def describe(schema: Schema) -> str:
    """One line about the inputs."""
    if schema.kind == "image":
        channels, height, width = schema.input_shape
        return f"images of {height}x{width}, {'grey' if channels == 1 else f'{channels} channels'}"
    if schema.kind == "signal":
        return f"signals of {schema.input_shape[0]} channels, {schema.input_shape[1]} steps"
    counts = ((len(schema.values), "numeric"), (len(schema.categories), "categorical"))
    columns = " and ".join(f"{count} {name}" for count, name in counts if count) + " columns"
    if schema.kind in ("text", "mixed"):
        where = f"column {schema.text[0]!r}" if len(schema.text) == 1 else f"columns {', '.join(schema.text)}"
        text = f"text in {where}: {schema.vocabulary:,} {schema.tokenizer}, up to {schema.max_length} of them per text"
        return text if schema.kind == "text" else f"{columns}, and {text}"
    if schema.kind == "tabular":
        return columns
    return f"inputs of the shape {schema.input_shape}"

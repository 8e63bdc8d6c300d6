"""From open records to the three parts: planned and split, then fitted on training, encoded, counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from ..config.data import DataConfig
from ..errors import DataError
from ..tasks.registry import target_of
from ..tasks.target import Target
from .augment import augmentation
from .census import Census
from .counting import Known, class_counts, take_census
from .dataset import Dataset
from .planning import plan
from .records.base import BadRow, Records
from .schema import Reading, Schema
from .sources.opening import Parts
from .split import Begun
from .stream import Streamed

# Where the predictions for a test part without labels stand in the folder of a run.
PREDICTED = "predictions_test"


@dataclass(frozen=True, eq=False)
class Data:
    """The three parts of a data set, what is known about it, and its census.

    `unlabelled` is a test part without labels: it is predicted, and `test` is empty. `loader` is the training loader
    that was given in place of data: its batches are trained on, as they are. Of a `stream` the training rows are read
    from files, and `train` is a sample of them. `held_out`: the rows of `val` were split off of those of the training
    part.
    """

    train: Dataset
    val: Dataset
    test: Dataset
    schema: Schema
    census: Census
    unlabelled: Dataset | None = None
    loader: Any = None
    stream: Streamed | None = None
    held_out: bool = False


def prepare(
    parts: Parts, config: DataConfig, seed: int, begun: Begun | None = None, reading: Reading | None = None
) -> Data:
    """The data of records that are open, split and ready for a model, which may say how it reads them; those of a run
    that has begun as they were."""
    found = plan(parts, config, seed, begun)
    train = found.given["train"]
    schema = fitted(train, found.schema, config, reading) if begun is None else found.schema
    notes = [*parts.notes, *found.left, *found.notes]
    predicts = parts.records["train"].predicts(config)
    apart = [name for name in parts.records if name in found.given and name != "train"]
    return assemble(
        parts.name,
        found.given,
        schema,
        config,
        notes=notes,
        predicts=predicts,
        apart=apart,
        skipped=found.skipped,
        unlabelled=found.unlabelled,
    )


def fitted(train: Records, schema: Schema, config: DataConfig, reading: Reading | None) -> Schema:
    """The schema with what the training rows say of reading such rows, or what a pretrained model says of it."""
    own = None if reading is None else reading.applied(schema, train.white(schema), config.max_length)
    return train.fit(schema, config) if own is None else own


def assemble(
    name: str,
    given: dict[str, Records],
    schema: Schema,
    config: DataConfig,
    *,
    notes: Sequence[str],
    predicts: str,
    apart: Sequence[str],
    skipped: Sequence[BadRow] = (),
    unlabelled: Records | None = None,
    known: dict[str, Known] | None = None,
) -> Data:
    """The data of parts whose schema is fitted.

    Args:
        name: of the source.
        given: the parts.
        schema: how they are read.
        config: the settings.
        notes: what is to be said about them.
        predicts: which column, and why.
        apart: the parts that are not split off of the training part.
        skipped: the rows that are left out.
        unlabelled: a test part without labels.
        known: what is counted of the rows that the parts are samples of.
    """
    train, said = given["train"], list(notes)
    sets = {name: encode(part, schema) for name, part in given.items()}
    if "test" not in sets:
        sets["test"] = sets["val"].take(torch.zeros(0, dtype=torch.int64))
    if unlabelled is not None:
        said.append(
            f"the test part has no labels: there will be no test figures, but predictions for its {len(unlabelled):,} "
            f"rows in {PREDICTED}"
        )
    _check_classes(sets["train"], schema, name)
    said += _weights(sets, schema)
    sets["train"] = replace(sets["train"], augment=augmentation(schema, config.augment))
    # Of samples, copies on both sides would say little of all rows.
    prints = {name: part.fingerprints(schema) for name, part in given.items()} if known is None else {}
    strange = [f"{part} part: {line}" for part in apart for line in given[part].unknown(schema)]
    said = [*said, *train.notes(schema, config), *strange]
    agreement = train.agreement(schema) if schema.kind == "tabular" and prints else None
    census = take_census(name, schema, sets, describe(schema), said, skipped, prints, agreement, known)
    others = None if unlabelled is None else encode(unlabelled, schema, labelled=False)
    return Data(
        sets["train"],
        sets["val"],
        sets["test"],
        schema,
        replace(census, predicts=predicts),
        unlabelled=others,
        held_out="val" not in apart,
    )


def encode(records: Records, schema: Schema, labelled: bool = True) -> Dataset:
    """The records as the model wants them, with their targets where they are `labelled`."""
    targets = records.targets(schema) if labelled else None
    text = schema.text if schema.kind == "text" else ()
    own = records.own_weights(schema) if labelled else None
    weights = None if own is None else torch.tensor(own, dtype=torch.float32)
    return Dataset(records.inputs(schema), targets, records.ids, records, text=text, weights=weights)


def _check_classes(train: Dataset, schema: Schema, where: str) -> None:
    """A training part of one class is no task, even where other parts have more."""
    counts = class_counts(train, schema)
    if target_of(schema.task) is not Target.LABELS and int((counts > 0).sum()) < 2:
        name = schema.classes[int(counts.argmax())]
        raise DataError(
            f"{where}: all {len(train):,} training rows are of the class {name!r}; a classifier needs at least two."
        )


def _weights(sets: dict[str, Dataset], schema: Schema) -> list[str]:
    """A note on the weights of the rows; none of them may be 0 in all rows of a part."""
    weights = sets["train"].weights
    if weights is None or schema.weight is None:
        return []
    for name, part in sets.items():
        if part.weights is not None and len(part) and not part.weights.any():
            raise DataError(f"the {name} part: all weights in {schema.weight!r} are 0")
    low, high = weights.min().item(), weights.max().item()
    return [f"rows weigh what {schema.weight!r} says, {low:g} to {high:g}, in losses and figures; it is no input"]


def describe(schema: Schema) -> str:
    """One line about the inputs."""
    if schema.kind == "image":
        channels, height, width = schema.input_shape
        size = f"{height}x{width}"
        return f"grey images of {size}" if channels == 1 else f"images of {size}, {channels} channels"
    if schema.kind == "signal":
        return f"signals of {schema.input_shape[0]} channels, {schema.input_shape[1]} steps"
    columns = _columns(len(schema.values), len(schema.categories))
    if schema.kind in ("text", "mixed"):
        where = f"column {schema.text[0]!r}" if len(schema.text) == 1 else f"columns {', '.join(schema.text)}"
        text = f"text in {where}: {schema.vocabulary:,} {schema.tokenizer}, up to {schema.max_length} of them per text"
        return text if schema.kind == "text" else f"{columns}, and {text}"
    if schema.kind == "tabular":
        return columns
    return f"inputs of the shape {schema.input_shape}"


def _columns(numbers: int, categories: int) -> str:
    if numbers and categories:
        return f"{numbers} numeric and {categories} categorical columns"
    return f"{categories} categorical columns" if categories else f"{numbers} numeric columns"

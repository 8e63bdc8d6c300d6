"""Data by name or from Python: split for a training, or read as those that a schema was made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch.utils.data import DataLoader

from ..config.data import DataConfig
from ..errors import DataError
from ..runtime.distributed import World
from .dataset import Dataset
from .parts import Data, encode, prepare
from .records.base import Records
from .samples import Paired
from .schema import Reading, Schema
from .sources.datasets import form_of_batches
from .sources.encoding import EncodingError
from .sources.layout import PARTS
from .sources.opening import Parts, open_records, open_source
from .sources.python import parts_of, text_column, to_records
from .sources.trained import to_columns
from .split import Begun
from .streaming import find_stream, prepare_stream


def load(
    config: DataConfig,
    seed: int = 0,
    begun: Begun | None = None,
    world: World | None = None,
    reading: Reading | None = None,
) -> Data:
    """The data of a source, split and ready for a model; those of a run that has `begun` as they were. The processes of
    a `world` share the reading of files that are streamed. `reading`: how a pretrained model reads them.

    Raises:
        SettingError: a setting does not fit the data, such as a column that there is not.
        DataError: the data cannot be used.
    """
    world = world or World()
    streamed = world.first(lambda: find_stream(config))
    if streamed is not None:
        return prepare_stream(streamed, config, seed, world, begun, reading)
    return prepare(open_source(config), config, seed, begun, reading)


def from_python(
    data: Any,
    config: DataConfig | None = None,
    seed: int = 0,
    as_is: bool = False,
    begun: Begun | None = None,
    reading: Reading | None = None,
) -> Data:
    """The data of Python objects, split and ready for a model.

    Args:
        data: (X, y) of arrays, tensors, sparse matrices, tables, texts or pictures; a table (pandas, polars, pyarrow,
            HF datasets, a dict of columns, a list of dicts); a torch dataset or DataLoader; or a dict of these by part.
        config: how to read and split; its `source` is not used.
        seed: of the split.
        as_is: hand tensors to the model untouched, as a model of your own expects them; else columns are
            standardised and images normalised.
        begun: what a run that has begun knows of them: nothing is fitted or split again.
        reading: how a pretrained model reads them.

    Raises:
        DataError: the data cannot be used.

    Example::

        >>> import torch
        >>> data = from_python((torch.randn(100, 4), torch.arange(100) % 3))
        >>> len(data.train), data.schema.task
        (70, 'multiclass')
    """
    config = config or DataConfig()
    given, notes = parts_of(data)
    if config.text is None and text_column(given["train"]) is not None:
        config = replace(config, text=text_column(given["train"]))
    loader: Any = given["train"] if isinstance(given["train"], DataLoader) else None
    if loader is not None and "val" not in given:
        raise DataError(
            "a DataLoader is taken as it is and cannot be split: "
            'give the validation data too, as {"train": loader, "val": loader}.'
        )
    memory = config.memory_mb << 20
    records = {part: to_records(given[part], part, as_is, config.target, memory) for part in PARTS if part in given}
    if loader is not None and "test" not in records:
        records["test"] = records["val"]
        notes.append("no test data were given: the last figures are of the validation data, which chose the weights")
    if loader is not None:
        form = form_of_batches(loader, "train", config.target)
        loader = Paired(loader, form) if form.names else loader
    return replace(prepare(Parts("data", records, notes=notes), config, seed, begun, reading), loader=loader)


def read(source: Any, schema: Schema, labelled: bool | None = None, config: DataConfig | None = None) -> Dataset:
    """The rows of a source, read as those that the schema was made of; all of them, in their order.

    Args:
        source: whatever `load` reads, or a table, texts or arrays in Python.
        schema: of the training.
        labelled: whether the labels are read too; by default where the source has them.
        config: how the training data were read; the encoding only of files that are in no usual one.

    Raises:
        SettingError: there is no such source.
        DataError: it cannot be read so, or `labelled` and there are no labels.
    """
    return ready(reopened(source, schema, config), schema, labelled, source if isinstance(source, str) else "data")


def ready(records: Records, schema: Schema, labelled: bool | None, name: str) -> Dataset:
    """Records of a source that is called `name`, read as those that the schema was made of.

    Raises:
        DataError: they cannot be read so, or `labelled` and there are no labels.
    """
    records = records.as_trained(schema)
    records.check_readable(schema)
    data = encode(records, schema, labelled is not False)
    if labelled and data.targets is None:
        where = f"the column {', '.join(schema.target)}" if schema.target else "labels"
        raise DataError(f"{name}: there are no labels: {where} is missing.")
    return data


def rows(source: Any, batch: int = 1024) -> Iterator[dict[str, list[Any]]]:
    """The original rows of a source in order, as columns, `batch` rows at a time."""
    records = reopened(source, None)
    yield from records.iterate(batch)


def reopened(source: Any, schema: Schema | None, config: DataConfig | None = None) -> Records:
    """The records of a source by itself, without its parts."""
    if isinstance(source, (str, Path)):
        config = replace(config or DataConfig(), on_bad_row="error")
        header = "none" if schema is not None and schema.counted else config.header
        usual = "auto" if config.encoding == "auto" else "utf-8"
        try:
            return open_records(str(source), replace(config, encoding=usual, header=header), [], [])
        except EncodingError:
            return open_records(str(source), replace(config, header=header), [], [])
    return to_columns(source, schema)

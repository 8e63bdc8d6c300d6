"""Files that are larger than memory as data for a training: planned and fitted on samples, counted whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch

from ..config.data import DataConfig, names, refuse
from ..config.names import is_url
from ..config.rules import SettingError
from ..errors import DataError
from ..runtime.distributed import World
from ..tasks.registry import target_of
from ..tasks.target import Target
from .columns import require_column
from .counting import Known
from .labels import named_classes
from .parts import Data, assemble, fitted
from .records.base import Records
from .records.shard_rows import ShardRows
from .records.table_plan import label_columns, left_out
from .records.tables import MOST_VALUES, TableRecords, by_frequency, with_values
from .schema import Column, Reading, Schema
from .shares import HELD, Shares, shares_of
from .sketches import Values
from .sources.bundled import BUNDLED
from .sources.layout import Place, find_layout
from .sources.opening import open_place, open_records
from .sources.shards import SHARDS, Shards, is_remote, is_sharded, open_shards
from .split import Begun
from .stream import Stream, Streamed
from .survey import Survey, label_table, survey

# Files, and rows of each, that are looked at before all others, for the columns of the labels.
_FILES, _LOOK = 8, 10_000


@dataclass(frozen=True, eq=False)
class Sharded:
    """A source whose training part is streamed: its files, those of the other parts, and other records of them."""

    train: Shards
    apart: dict[str, Shards] = field(default_factory=dict)
    others: dict[str, Records] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def find_stream(config: DataConfig) -> Sharded | None:
    """The source of the settings, if it is to be streamed.

    Raises:
        SettingError, DataError: there is no such source, or it cannot be read.
    """
    notes: list[str] = []
    train: Shards | None = None
    places: dict[str, Place] = {}
    path = Path(config.source).expanduser()
    if config.stream == "never":
        return None
    if is_remote(config.source):
        train = open_shards(config.source, notes=notes)
    elif not is_url(config.source) and config.source not in BUNDLED and path.is_dir():
        places, told = find_layout(path)
        place, notes = places.pop("train"), [*told]
        train, path = _opened(place, notes), place.path
    if train is None and config.stream == "always" and path.suffix.lower() in SHARDS and path.is_file():
        train = open_shards(path)
    if train is None and config.stream == "always":
        expected = "auto or never, since the source is no folder of .parquet or .arrow files"
        raise SettingError("data.stream", expected, config.stream, "auto")
    if train is None or (config.stream == "auto" and train.bytes <= config.memory_mb << 20):
        return None
    found = Sharded(train, notes=notes)
    for part in ("val", "test"):
        named = getattr(config, part)
        if named is not None or part in places:
            _add(found, part, named, places.get(part), config)
    return found


def _opened(place: Place, notes: list[str]) -> Shards | None:
    if place.files or (place.path.is_dir() and is_sharded(place.path)):
        return open_shards(place.path, place.files, notes)
    return None


def _add(found: Sharded, part: str, named: str | None, place: Place | None, config: DataConfig) -> None:
    """Another part of the source: its files, or where they are no larger than memory its rows."""
    if named is not None and not is_remote(named):
        place = Place(Path(named).expanduser())
    shards = open_shards(named) if named and place is None else _opened(place, found.notes) if place else None
    if shards is not None and shards.bytes > config.memory_mb << 20:
        found.apart[part] = shards
    elif shards is not None:
        found.others[part] = ShardRows.whole(shards, config.memory_mb << 20)
    elif named is not None:
        found.others[part] = open_records(named, replace(config, query=None), [], found.notes, f"data.{part}")
    elif place is not None:
        found.others[part] = open_place(place, config, [], found.notes)


def prepare_stream(
    source: Sharded,
    config: DataConfig,
    seed: int,
    world: World,
    begun: Begun | None = None,
    reading: Reading | None = None,
) -> Data:
    """The data of files that are streamed: samples of all parts, and the stream of the training rows.

    Raises:
        SettingError: a setting does not fit; DataError: the data cannot be used.
    """
    why = "the rows are streamed, and never in memory together"
    refuse(config, ("fold", "time"), why)
    shards, memory = source.train, config.memory_mb << 20
    look = _first_rows(shards, memory)
    target = label_columns(look, config).names if begun is None else begun.schema.target
    single = _is_single(look, target, config)
    if config.group is not None:
        require_column("data.group", config.group, shards.schema.names)
    shares = _shares(source, config, seed)
    given = dict(begun.surveys) if begun is not None else _surveys(source, target, shares, world, single, config)
    _check_same(given["train"], shards)
    held = {name: ShardRows.of(shards, table, memory) for name, table in given["train"].samples.items()}
    apart = {name: ShardRows.of(source.apart[name], given[name].samples["train"], memory) for name in source.apart}
    records: dict[str, Records] = {**held, **source.others, **{name: rows for name, rows in apart.items() if rows}}
    _check_parts(records, config)
    schema, left = (begun.schema, []) if begun is not None else _schema(records, config, given["train"], reading)
    known = _counts(given, schema)
    notes = [_told(shards, config), *source.notes, *left, *_samples(known, records, config), *_many(schema, given)]
    beside = [*source.apart, *source.others]
    predicts = str(label_columns(look, config))
    data = assemble(shards.name, records, schema, config, notes=notes, predicts=predicts, apart=beside, known=known)
    stream = Stream(shards, schema, shares, given["train"].kept, single, memory)
    classes = known["train"].classes
    return replace(data, train=replace(data.train, classes=classes), stream=Streamed(stream, given, classes))


def _first_rows(shards: Shards, memory: int) -> TableRecords:
    """Some rows of files that lie far from each other."""
    full = [place for place, shard in enumerate(shards.shards) if shard.groups]
    some = sorted({full[place] for place in np.linspace(0, len(full) - 1, min(_FILES, len(full))).astype(int)})
    table = pa.concat_tables([shards.read(place, 0)[:_LOOK] for place in some])
    return TableRecords(shards.name, table, np.arange(1, table.num_rows + 1), memory)


def _is_single(look: TableRecords, target: Sequence[str], config: DataConfig) -> bool:
    """Return whether each row needs one label."""
    if len(target) > 1 or config.delimiter is not None or pa.types.is_list(look.table.column(target[0]).type):
        return False
    return config.task == "auto" or target_of(config.task) is Target.CLASS


def _shares(source: Sharded, config: DataConfig, seed: int) -> Shares:
    beside = {*source.apart, *source.others}
    val, test = (
        0.0 if name in beside else share
        for name, share in (("val", config.val_fraction), ("test", config.test_fraction))
    )
    return shares_of(source.train, seed, (val, test), config.group)


def _surveys(
    source: Sharded, target: Sequence[str], shares: Shares, world: World, single: bool, config: DataConfig
) -> dict[str, Survey]:
    skip = config.on_bad_row == "skip"
    found = {"train": survey(source.train, target, shares, world, single, skip)}
    for name, shards in source.apart.items():
        if lost := [column for column in source.train.schema.names if column not in shards.schema.names]:
            raise DataError(f"the {name} part ({shards.name}) has no column {lost[0]!r}, which the training part has")
        found[name] = survey(shards, target, shares_of(shards, shares.seed, (0.0, 0.0)), world, single, skip)
    return found


def _check_same(found: Survey, shards: Shards) -> None:
    if len(found.kept) != len(shards.groups):
        raise DataError(f"there are {len(shards.groups):,} row groups, and there were {len(found.kept):,}")


def _check_parts(records: Mapping[str, Records], config: DataConfig) -> None:
    if "train" not in records:
        raise DataError("no row is left to train on.")
    for name, share in (("val", config.val_fraction), ("test", config.test_fraction)):
        if name not in records and share > 0:
            raise DataError(f"no row was drawn for the {name} part: there are too few; write --data.stream never")


def _schema(
    records: dict[str, Records], config: DataConfig, found: Survey, reading: Reading | None
) -> tuple[Schema, list[str]]:
    """The schema that the samples give, with what is known of all rows; and the columns that are left out."""
    train = records["train"]
    assert isinstance(train, TableRecords), "files of rows are tables"
    counters = [name for name in train.names if _counts_rows(train, name, found)]
    kept = [name for name in counters if name not in (config.group, config.weight, *names(config.drop))]
    dropped = replace(config, drop=",".join([*names(config.drop), *kept]) or None)
    others = [part for name, part in records.items() if name != "train" and isinstance(part, TableRecords)]
    schema = named_classes(train.plan(dropped, others), config.positive, config.class_names)
    left = left_out(train, schema, dropped)
    if kept:
        left.append(f"columns left out: {', '.join(map(repr, kept))} (another number in every row)")
    made = fitted(train, schema, dropped, reading)
    rows = int(found.kept.sum())
    return replace(made, columns=tuple(_whole(column, found, rows) for column in made.columns)), left


def _counts_rows(train: TableRecords, name: str, found: Survey) -> bool:
    """Return whether a column has another whole number in each row, without many gaps between those of all rows."""
    span, rows = found.spans.get(name), int(found.kept.sum())
    if span is None or span.known < rows or span.high - span.low >= 1.5 * rows or rows < HELD // 1000:
        return False
    values = train.table.column(name).to_numpy()
    return len(np.unique(values)) == len(values) and bool((values == np.round(values)).all())


def _whole(column: Column, found: Survey, rows: int) -> Column:
    """A column with what is known of all training rows, in place of what the sample says."""
    span, values = found.spans.get(column.name), found.values.get(column.name)
    if column.kind == "number" and column.part == "value" and column.quantiles and span is not None:
        quantiles = (span.low, *column.quantiles[1:-1], span.high)
        return replace(column, quantiles=quantiles, missing=1 - span.known / rows)
    if column.kind == "category" and values is not None:
        return with_values(column, by_frequency(values.counts.items()), rows)
    return column


def _counts(found: Mapping[str, Survey], schema: Schema) -> dict[str, Known]:
    """Rows and classes of each part."""
    labels = {**found["train"].labels, **{name: one.labels["train"] for name, one in found.items() if name != "train"}}
    known = {}
    for name, counts in labels.items():
        if counts:
            table = label_table(list(counts), schema.target)
            codes = TableRecords(name, table, np.arange(1, len(counts) + 1)).codes(schema)
            assert codes is not None, "these are the columns of the labels"
            weights = torch.tensor(list(counts.values()), dtype=torch.float64)
            classes = schema.new_task().count(torch.from_numpy(codes), weights)
            known[name] = Known(sum(counts.values()), classes.round().to(torch.int64))
    return known


def _told(shards: Shards, config: DataConfig) -> str:
    size = shards.bytes / 2**20
    why = "as --data.stream always asks"
    if config.stream == "auto":
        why = f"since they take more than --data.memory_mb {config.memory_mb}"
    files, groups = len(shards.shards), len(shards.groups)
    return f"{files:,} files of {groups:,} row groups, about {size:,.0f} MiB in memory: streamed, {why}"


def _samples(known: Mapping[str, Known], records: Mapping[str, Records], config: DataConfig) -> list[str]:
    """Sentences about what the samples are of."""
    said = []
    if len(records["train"]) < known["train"].rows:
        said.append(f"what is said of columns is of a random {len(records['train']):,} training rows")
    for name, share in (("val", config.val_fraction), ("test", config.test_fraction)):
        total = sum(part.rows for part in known.values())
        if name in known and len(records[name]) < known[name].rows:
            said.append(
                f"the {name} part is measured on a random {len(records[name]):,} of its {known[name].rows:,} rows"
            )
        elif name in known and known[name].rows < 0.9 * share * total:
            said.append(
                f"the {name} part is held to about {HELD:,} rows, less than the {share:.0%} that "
                f"data.{name}_fraction asks for"
            )
    return said


def _many(schema: Schema, found: Mapping[str, Survey]) -> list[str]:
    """Columns of more values than are learnt."""
    said = []
    for column in schema.categories:
        values: Values | None = found["train"].values.get(column.name)
        if values is not None and values.different > MOST_VALUES:
            about = "" if values.whole else "about "
            said.append(
                f"{column.name!r} has {about}{values.different:,} different values, of which the "
                f"{len(column.values):,} most frequent are learnt"
            )
    return said

"""Rows that are streamed: each once an epoch, on one process, from any step on; counted whole, planned on samples."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest
import torch

from crossent.train.config.rules import SettingError
from crossent.train.data import Data, DataConfig, load, shares, sketches
from crossent.train.data.shares import PARTS, Shares, shares_of
from crossent.train.data.sketches import Values
from crossent.train.data.sources.shards import open_shards
from crossent.train.data.stream import Leg, Stream
from crossent.train.data.survey import Survey, _merged, _Pass
from crossent.train.errors import DataError
from crossent.train.fitting.stream_feed import StreamFeed
from crossent.train.runtime.distributed import World

ROWS = 437


def table(rows: int = ROWS, start: int = 0) -> pa.Table:
    """x tells the class, "row" says which row it is, "place" is one of three words."""
    rng = np.random.default_rng(start)
    x = rng.normal(size=rows)
    label = np.where(x > 0.2, "high", np.where(x > -1.8, "low", "rare"))
    words = rng.choice(np.array(["Rome", "Oslo", "Bonn"]), rows)
    return pa.table({"row": np.arange(start, start + rows) * 1.0, "x": x, "place": words, "label": label})


def shards(folder: Path, files: int = 4, group: int = 23, rows: int = ROWS, **changed: Any) -> Path:
    """Parquet files of uneven sizes and small row groups."""
    folder.mkdir(parents=True, exist_ok=True)
    whole, ends = table(rows), np.linspace(0, rows, files + 1).astype(int)
    for number in range(files):
        part = whole[ends[number] : ends[number + 1]]
        for name, values in changed.items():
            part = part.append_column(name, [values[ends[number] : ends[number + 1]]])
        pa.parquet.write_table(part, folder / f"part-{number}.parquet", row_group_size=group)
    return folder


def streamed(folder: Path, **changed: Any) -> Data:
    return load(DataConfig(str(folder), stream="always", **changed))


def feed(data: Data, batch: int, world: World, micro: int | None = None) -> StreamFeed:
    assert data.stream is not None
    return StreamFeed(data.stream.rows, data.train, batch, micro, world)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """So few rows are read at a time that an epoch has many blocks."""
    monkeypatch.setattr("crossent.train.data.stream._MIXED", 50)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shards(tmp_path_factory.mktemp("shards"))


def rows_of(data: Data, windows: Any) -> list[list[float]]:
    """Which rows each step has: "row" is the first column of the model's input, standardised."""
    column = data.schema.numbers[0]
    assert column.name == "row"
    found = []
    for window in windows:
        parts = [micro.inputs[0][:, 0] for micro in window if micro.real]
        rows = torch.cat(parts) if parts else torch.zeros(0)
        found.append((rows.double() * column.std + column.mean).round().tolist())
    return found


@pytest.fixture(scope="module")
def plain(folder: Path) -> Data:
    # Without a gap between them, the numbers of the rows would be left out.
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("crossent.train.data.streaming._counts_rows", lambda *_: False)
        return load(DataConfig(str(folder), stream="always", types="row=number"))


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("batch", [32, 50, 500])
def test_an_epoch_has_every_row_once_on_one_process(plain: Data, size: int, batch: int) -> None:
    feeds = [feed(plain, batch, World(rank, size)) for rank in range(size)]
    own = [rows_of(plain, each.epoch(7, 0)) for each in feeds]
    assert {len(steps) for steps in own} == {feeds[0].steps_per_epoch}
    everything = [row for steps in own for step in steps for row in step]
    total = len(feeds[0].stream)
    assert len(everything) == len(set(everything)) == total
    # None of them is a row that validates or tests.
    others = {float(row["row"]) for part in (plain.val, plain.test) for row in map(part.records.raw, range(len(part)))}  # type: ignore[union-attr]
    assert others.isdisjoint(everything)
    assert len(others) + total == ROWS
    # In each step together a whole batch, and of each process as many but for one.
    for step in range(feeds[0].steps_per_epoch - 1):
        counts = [len(steps[step]) for steps in own]
        assert sum(counts) == batch
        assert max(counts) - min(counts) <= 1


def test_epochs_differ_and_come_again(plain: Data) -> None:
    one = rows_of(plain, feed(plain, 32, World()).epoch(7, 0))
    assert rows_of(plain, feed(plain, 32, World()).epoch(7, 0)) == one
    other = rows_of(plain, feed(plain, 32, World()).epoch(8, 0))
    assert other != one
    assert sorted(row for step in other for row in step) == sorted(row for step in one for row in step)
    # Rows of far files are mixed.
    assert len({int(row) * 4 // ROWS for row in one[0]}) > 1


@pytest.mark.parametrize("size", [1, 3])
def test_an_epoch_goes_on_from_any_step(plain: Data, size: int) -> None:
    for rank in range(size):
        each = feed(plain, 32, World(rank, size))
        whole = list(each.epoch(7, 0))
        for start in range(each.steps_per_epoch):
            rest = list(each.epoch(7, start))
            assert len(rest) == len(whole) - start
            for before, after in zip(whole[start:], rest, strict=True):
                for one, two in zip(before, after, strict=True):
                    assert all(torch.equal(a, b) for a, b in zip(one.inputs, two.inputs, strict=True))
                    assert torch.equal(one.targets, two.targets)


@pytest.mark.parametrize("sizes", [(2, 1), (1, 2), (3, 2), (2, 2), (2, 3, 1), (1, 4, 4, 2)], ids=str)
def test_other_processes_share_what_is_left_of_an_epoch(plain: Data, sizes: tuple[int, ...]) -> None:
    """Three steps each, then as many processes as follow: each row once all the same, each step a whole batch."""
    seen: list[float] = []
    turns: list[tuple[int, int]] = []
    for place, size in enumerate(sizes):
        feeds = [feed(plain, 32, World(rank, size)) for rank in range(size)]
        if turns:
            for each in feeds:
                each.take_turns(7, 3 * place, turns)
        turns = feeds[0].turns(7)
        last = place == len(sizes) - 1
        for windows in islice(zip(*(each.epoch(7, 3 * place) for each in feeds), strict=True), None if last else 3):
            own = [rows_of(plain, [window])[0] for window in windows]
            assert max(map(len, own)) - min(map(len, own)) <= 1
            assert last or sum(map(len, own)) == 32
            seen += [row for rows in own for row in rows]
        assert feeds[0].turns(8) == [(0, size)], "the next epoch is dealt out anew"
    assert len(seen) == len(set(seen)) == len(feeds[0].stream)


def test_a_step_in_parts_is_the_same_step(plain: Data) -> None:
    whole = rows_of(plain, feed(plain, 32, World()).epoch(7, 0))
    assert rows_of(plain, feed(plain, 32, World(), micro=5).epoch(7, 0)) == whole
    feeds = [feed(plain, 32, World(rank, 3), micro=4) for rank in range(3)]
    for windows in zip(*(each.epoch(7, 0) for each in feeds), strict=True):
        assert len({len(window) for window in windows}) == 1


def test_samples_of_a_step_have_names(plain: Data) -> None:
    each = feed(plain, 32, World(1, 2))
    names = each.names(7, 3)
    step = rows_of(plain, each.epoch(7, 3))[0]
    assert len(names) == len(step)
    ends = np.linspace(0, ROWS, 5).astype(int)
    places = [ends[int(name[5])] + int(name.partition(":")[2]) - 1 for name in names]
    assert places == step


def as_one(folder: Path, size: int, drawn: Shares) -> Survey:
    passes = []
    for rank in range(size):
        found = _Pass(open_shards(folder), ["label"], drawn, True)
        for number in range(rank, len(found.groups), size):
            found.read(number)
        found.found.samples = {name: pa.concat_tables(tables) for name, tables in found.held.items() if tables}
        passes.append(found)
    return _merged([one.found for one in passes], [one.firsts for one in passes])


def test_processes_find_together_what_one_finds(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "HELD", 40)
    drawn = shares_of(open_shards(folder), 3, (0.15, 0.15))
    one = as_one(folder, 1, drawn)
    assert one.rows["train"] > 250
    assert 20 < len(one.samples["train"]) < 80
    for size in (2, 5):
        other = as_one(folder, size, drawn)
        assert other.labels == one.labels
        assert (other.kept == one.kept).all()
        assert all(other.samples[part].equals(one.samples[part]) for part in PARTS)
        assert other.spans == one.spans
        assert other.values["place"].counts == one.values["place"].counts


def test_everything_is_counted_and_a_sample_is_held(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "HELD", 40)
    data, whole = streamed(folder), table()
    assert data.stream is not None
    labels = whole.column("label").to_pylist()
    counted: Counter[str] = Counter()
    for line in data.census.classes:
        counted[line.name] = line.train + line.val + line.test
    assert counted == Counter(labels)
    assert data.census.rows["train"] == len(data.stream.rows) > 300
    assert sum(data.census.rows.values()) == ROWS
    assert len(data.train) < 90
    assert [column.name for column in data.schema.columns] == ["x", "place"]
    assert "columns left out: 'row' (another number in every row)" in data.census.warnings
    assert data.stream.classes.tolist() == [line.train for line in data.census.classes]
    # The ends of a column are those of all training rows.
    stream = data.stream.rows
    read = pa.concat_tables([part.table for part in stream.read(1, Leg(0, len(stream), 0, len(stream)))])
    x = read.column("x").to_numpy()
    column = data.schema.values[0]
    assert (column.quantiles[0], column.quantiles[-1]) == (x.min(), x.max())
    found = dict(zip(data.schema.categories[0].values, data.schema.categories[0].shares, strict=True))
    places = read.column("place").to_pylist()
    assert found == {value: count / len(stream) for value, count in Counter(places).items()}


def test_a_label_of_one_row_is_a_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "HELD", 20)
    once = shards(tmp_path / "once")
    part = pa.parquet.read_table(once / "part-2.parquet")
    labels = part.column("label").to_pylist()
    labels[50] = "once"
    changed = part.set_column(3, "label", pa.array(labels))
    pa.parquet.write_table(changed, once / "part-2.parquet", row_group_size=23)
    data = streamed(once)
    assert "once" in data.schema.classes
    assert sum(line.train + line.val + line.test for line in data.census.classes if line.name == "once") == 1


def test_many_values_are_counted_in_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sketches, "VALUES", 3000)
    rng, found = np.random.default_rng(0), Values()
    for _ in range(20):
        names = [f"u{number}" for number in np.unique(rng.integers(0, 40_000, 5000))] + ["often"]
        found.add(names, [1] * (len(names) - 1) + [500])
    assert not found.whole
    assert len(found.counts) <= 2 * 3000
    assert found.counts["often"] == 10_000
    # 2,048 hashes: a standard error of 2.2 %.
    expected = 40_000 * (1 - np.exp(-20 * 5000 / 40_000))
    assert found.different == pytest.approx(expected, rel=0.08)


def test_the_rows_of_a_group_stay_together(tmp_path: Path) -> None:
    groups = [f"p{row % 37}" for row in range(ROWS)]
    data = streamed(shards(tmp_path / "grouped", group_of=groups), group="group_of")
    parts = [
        {part.records.raw(row)["group_of"] for row in range(len(part))}  # type: ignore[union-attr]
        for part in (data.train, data.val, data.test)
    ]
    assert all(parts)
    assert sum(map(len, parts)) == len(set().union(*parts)) == 37


def test_weights_and_texts_are_streamed_too(tmp_path: Path) -> None:
    weight = [1.0 + row % 2 for row in range(ROWS)]
    words = [f"the room of day {row} was {('very quiet', 'too loud')[row % 2]} and not cheap" for row in range(ROWS)]
    data = streamed(shards(tmp_path / "texts", often=weight, remark=words), weight="often", drop="row")
    assert data.schema.kind == "mixed"
    window = next(feed(data, 32, World()).epoch(1, 0))
    assert set(window[0].weights.tolist()) == {1.0, 2.0}  # type: ignore[union-attr]
    assert len(window[0].inputs) == 3


@pytest.mark.parametrize("kind", ["hive", "feather", "stream", "names", "folders", "one"])
def test_layouts(tmp_path: Path, kind: str) -> None:
    root = tmp_path / "data"
    whole = table()
    if kind == "hive":
        for number, year in enumerate((2020, 2021)):
            (root / f"year={year}").mkdir(parents=True)
            pa.parquet.write_table(whole[number * 200 : number * 200 + 200], root / f"year={year}" / "a.parquet")
    elif kind in ("names", "folders"):
        for part, start in (("train", 0), ("train", 150), ("test", 300)):
            inner = root / part if kind == "folders" else root
            inner.mkdir(parents=True, exist_ok=True)
            name = f"{start:05}.parquet" if kind == "folders" else f"{part}-{start:05}-of-00300.parquet"
            pa.parquet.write_table(whole[start : start + 100 if start else 150], inner / name)
    elif kind == "one":
        root = tmp_path / "data.parquet"
        pa.parquet.write_table(whole, root)
    else:
        root.mkdir()
        (root / "dataset_info.json").write_text("{}")
        for start in (0, 200):
            part = whole[start : start + 200]
            if kind == "feather":
                pa.feather.write_feather(part, root / f"{start}.feather", chunksize=30)
            else:
                with pa.ipc.new_stream(root / f"data-{start:05}.arrow", part.schema) as sink:
                    sink.write_table(part, max_chunksize=30)
    data = streamed(root, drop="row")
    assert data.schema.classes == ("high", "low", "rare")
    if kind == "hive":
        assert [column.name for column in data.schema.columns] == ["x", "year", "place"]
    if kind in ("names", "folders"):
        assert len(data.test) == 100
        assert data.census.rows["train"] + data.census.rows["val"] == 250
    if kind in ("feather", "stream"):
        assert "files and folders left out: dataset_info.json" in data.census.warnings
    assert sum(len(step) for step in rows_of_any(data)) == data.census.rows["train"]


def rows_of_any(data: Data) -> list[list[float]]:
    return [window[0].targets.tolist() for window in feed(data, 32, World()).epoch(1, 0)]


def test_a_small_folder_is_a_table(folder: Path) -> None:
    data = load(DataConfig(str(folder), drop="row"))
    assert data.stream is None
    assert sum(data.census.rows.values()) == ROWS
    assert data.train.ids[0].startswith("part-0.parquet:")
    assert load(DataConfig(str(folder), memory_mb=0, drop="row")).stream is not None
    assert load(DataConfig(str(folder), memory_mb=0, stream="never", drop="row")).stream is None


def refused(folder: Path, text: str, **changed: Any) -> None:
    with pytest.raises((DataError, SettingError)) as caught:
        streamed(folder, **changed)
    assert text in str(caught.value)


def test_what_is_wrong_is_said_before_the_first_step(tmp_path: Path) -> None:
    one = shards(tmp_path / "one")
    refused(one, "data.target: expected one of the columns", target="lable")
    refused(one, "data.time: expected nothing, since the rows are streamed", time="row")
    (one / "part-3.parquet").write_bytes(b"PAR1 and no more")
    refused(one, "part-3.parquet: cannot be read as a .parquet file (")
    pa.parquet.write_table(table(9).drop_columns(["place"]), one / "part-3.parquet")
    refused(one, "part-3.parquet: it has no column 'place', unlike part-0.parquet; all files need the same columns")
    pa.parquet.write_table(table(9).append_column("z", [[1] * 9]), one / "part-3.parquet")
    refused(one, "part-3.parquet: it has a column 'z', unlike part-0.parquet")
    odd = table(9).set_column(1, "x", pa.array(["?"] * 9))
    pa.parquet.write_table(odd, one / "part-3.parquet")
    refused(one, "part-3.parquet: the column 'x' holds string, in part-0.parquet it holds double")
    gap = table(9).set_column(3, "label", pa.array(["high", None, "low"] * 3))
    pa.parquet.write_table(gap, one / "part-3.parquet")
    refused(one, "3 rows have no label (column 'label'), the first part-3.parquet:2; correct it, or")
    assert sum(streamed(one, on_bad_row="skip").census.rows.values()) == ROWS * 3 // 4 + 6
    pa.feather.write_feather(table(9), one / "more.feather")
    refused(one, "there are files of .feather and .parquet in it; name a folder with files of one kind")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "a.csv").write_text("x,label\n1,a\n")
    refused(tmp_path / "more", "data.stream: expected auto or never, since the source is no folder of .parquet")
    empty = tmp_path / "empty"
    empty.mkdir()
    pa.parquet.write_table(table(0), empty / "a.parquet")
    pa.parquet.write_table(table(0), empty / "b.parquet")
    refused(empty, "empty: there are no rows in it")


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_records_are_a_column_for_each_of_their_values(tmp_path: Path, kind: str) -> None:
    x, inner = table().column("x").to_pylist(), table().column("place").to_pylist()
    parts = pa.array([{"power": one, "at": {"place": two}} for one, two in zip(x, inner, strict=True)])
    made = pa.table({"engine": parts, "label": table().column("label")})
    for number, rows in enumerate((made[:200], made[200:])):
        path = tmp_path / f"part-{number}.{kind}"
        pa.parquet.write_table(rows, path) if kind == "parquet" else pa.feather.write_feather(rows, path)
    for how in ("always", "never"):
        data = load(DataConfig(str(tmp_path), stream=how))
        assert {column.name for column in data.schema.columns} == {"engine.power", "engine.at.place"}
        assert (data.stream is not None) == (how == "always")
    blocks = feed(streamed(tmp_path), 32, World()).epoch(7, 0)
    assert sum(len(micro.targets) for window in blocks for micro in window) > 200


def test_a_folder_of_one_file_is_streamed_if_asked(tmp_path: Path) -> None:
    assert streamed(shards(tmp_path / "one", files=1)).stream is not None


def test_pictures_in_files_of_rows_are_left_out(tmp_path: Path) -> None:
    cells = pa.array([{"bytes": bytes([137, 80, row % 256]), "path": None} for row in range(ROWS)])
    shards(tmp_path / "one", image=cells)
    said = "columns left out: 'image.bytes' (values of the type binary; of pictures make files, or read them in Python)"
    assert any(line.startswith(said) for line in streamed(tmp_path / "one").census.warnings)
    assert streamed(tmp_path / "one", drop="image.bytes").stream is not None


def test_whole_numbers_and_others_go_together(tmp_path: Path) -> None:
    one = shards(tmp_path / "one")
    whole = table(30).set_column(1, "x", pa.array([row % 3 for row in range(30)], pa.int32()))
    pa.parquet.write_table(whole, one / "part-3.parquet")
    assert "x" in [column.name for column in streamed(one).schema.values]


def test_a_file_that_goes_or_changes_is_named(tmp_path: Path) -> None:
    one = shards(tmp_path / "one", group=400)
    data = streamed(one)
    assert data.stream is not None
    stream = data.stream.rows
    again = Stream(open_shards(one), stream.schema, stream.shares, stream.kept, True, stream.memory)
    again.shards._open.clear()
    (one / "part-1.parquet").unlink()
    with pytest.raises(DataError, match=r"^part-1.parquet: the file is gone; put it back$"):
        list(again.read(1, Leg(0, len(again), 0, len(again))))
    pa.parquet.write_table(table(50, 1000), one / "part-1.parquet")
    with pytest.raises(DataError, match=r"^part-1.parquet: the file has other rows than when the run began"):
        list(again.read(1, Leg(0, len(again), 0, len(again))))

"""Predictions for files that are larger than memory: a file for each, whole or absent, shared by processes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from crossent.cli import main
from crossent.train.data import DataConfig, DataError
from crossent.train.inference.predict_shards import predict_shards
from crossent.train.inference.run import Run, RunError

from ..data.test_stream import ROWS, shards, table
from ..runs import trained


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shards(tmp_path_factory.mktemp("files") / "clicks", files=5)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, source: Path) -> Run:
    data = DataConfig(str(source), stream="always", drop="row")
    return trained(tmp_path_factory.mktemp("runs") / "run", data, **{"model.name": "mlp"})


def read(folder: Path) -> pa.Table:
    return pa.concat_tables([pa.parquet.read_table(path) for path in sorted(folder.rglob("*.parquet"))])


def test_each_file_gets_one_with_its_columns_and_order(run: Run, source: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    done = predict_shards(
        run, str(source), tmp_path / "out", run.decision(0.5, False), 50, progress=lambda *s: seen.append(s)
    )
    assert (done, seen) == (ROWS, [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)])
    found = read(tmp_path / "out")
    assert found.column_names == ["row", "x", "place", "label", "prediction", "p_high", "p_low", "p_rare"]
    assert found.select(range(4)).equals(table())
    expected = run.predict(source)
    assert found.column("prediction").to_pylist() == expected.labels
    assert expected.probabilities is not None
    ours = np.stack([found.column(name).to_numpy() for name in ("p_high", "p_low", "p_rare")], 1)
    np.testing.assert_allclose(ours, expected.probabilities.numpy(), atol=1e-6)


def test_processes_share_the_files_and_what_is_there_stays(
    run: Run, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, how = tmp_path / "out", run.decision(0.5, False)
    monkeypatch.setenv("LOCAL_RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "1")
    predict_shards(run, str(source), out, how)
    assert sorted(path.name for path in out.iterdir()) == ["part-1.parquet", "part-3.parquet", "predictions.json"]
    first = (out / "part-1.parquet").stat()
    monkeypatch.setenv("RANK", "0")
    predict_shards(run, str(source), out, how)
    monkeypatch.undo()
    predict_shards(run, str(source), out, how)
    assert (out / "part-1.parquet").stat().st_mtime_ns == first.st_mtime_ns
    assert read(out).column("row").to_pylist() == table().column("row").to_pylist()


def test_a_file_is_whole_or_absent(run: Run, tmp_path: Path) -> None:
    source = shards(tmp_path / "clicks", files=3, group=60)
    # Its second row group is damaged; the footer, which is read first, is not.
    place = pa.parquet.ParquetFile(source / "part-1.parquet").metadata.row_group(1).column(0).data_page_offset
    whole = (source / "part-1.parquet").read_bytes()
    (source / "part-1.parquet").write_bytes(whole[:place] + b"\xff" * 40 + whole[place + 40 :])
    out, how = tmp_path / "out", run.decision(0.5, False)
    with pytest.raises(DataError, match=r"^part-1.parquet: cannot be read as a .parquet file"):
        predict_shards(run, str(source), out, how)
    assert sorted(path.name for path in out.iterdir()) == ["part-0.parquet", "predictions.json"]
    (source / "part-1.parquet").write_bytes(whole)
    assert predict_shards(run, str(source), out, how) == ROWS
    assert read(out).num_rows == ROWS


def test_other_predictions_are_not_mixed(run: Run, source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    predict_shards(run, str(source), out, run.decision(0.5, False))
    with pytest.raises(RunError, match=r"holds predictions of other weights, for other files or with other options"):
        predict_shards(run, str(shards(tmp_path / "others", files=2)), out, run.decision(0.5, False))
    (out / "predictions.json").write_text("[")
    with pytest.raises(RunError, match=r"predictions.json cannot be read"):
        predict_shards(run, str(source), out, run.decision(0.5, False))


def test_the_command_line_makes_files_of_files(
    run: Run, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", str(run.folder), str(source), "--out", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out == f"{ROWS} rows predicted, written to {tmp_path / 'out'}\n"
    assert len(json.loads((tmp_path / "out" / "predictions.json").read_text())["files"]) == 5
    lost = tmp_path / "lost"
    lost.mkdir()
    pa.parquet.write_table(table(5).drop_columns(["x"]), lost / "a.parquet")
    assert main(["predict", str(run.folder), str(lost), "--out", str(tmp_path / "none")]) == 1
    assert "there is no column 'x', which the model reads" in capsys.readouterr().err

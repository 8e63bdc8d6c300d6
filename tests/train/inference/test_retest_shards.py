"""Tests on files of rows, read row group by row group: the same figures as of all rows together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from crossent.train.data import DataConfig, DataError
from crossent.train.inference import retest_shards
from crossent.train.inference.predict_shards import predict_shards
from crossent.train.inference.retest import retest
from crossent.train.inference.run import Run
from crossent.train.report.findings import Report

from ..data.test_stream import ROWS, shards, table
from ..runs import trained


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = np.random.default_rng(5)
    more = {
        "often": rows.uniform(0.0, 3.0, ROWS),
        "twice": rows.permutation(np.repeat(["no", "yes"], [300, ROWS - 300])),
    }
    return shards(tmp_path_factory.mktemp("files") / "clicks", files=5, **more)


SETTINGS: dict[str, dict[str, Any]] = {
    "multiclass": {"drop": "row,often,twice"},
    "binary": {"drop": "row,often,label", "target": "twice"},
    "weighted": {"drop": "row,twice", "weight": "often"},
    "multilabel": {"drop": "row,often", "target": "label,twice", "task": "multilabel"},
}


@pytest.fixture(scope="module", params=SETTINGS)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, source: Path) -> Run:
    settings = dict(SETTINGS[request.param])
    if request.param == "multilabel":
        source = labels(tmp_path_factory.mktemp("labels"))
    loss = {"loss.weight": [1.0, 2.0, 3.0]} if request.param == "multiclass" else {}
    data = DataConfig(str(source), **settings)
    return trained(tmp_path_factory.mktemp("runs") / "run", data, **{"model.name": "mlp", **loss})


def labels(folder: Path) -> Path:
    """Two columns of 0 and 1, one of them with gaps."""
    rows = table()
    x = rows.column("x").to_numpy()
    gaps = np.random.default_rng(2).random(ROWS) < 0.1
    told = {"label": pa.array((x > 0) * 1, mask=gaps), "twice": pa.array((x < 1) * 1)}
    made = pa.table({"row": rows.column("row"), "often": rows.column("x"), "x": rows.column("x"), **told})
    pa.parquet.write_table(made, folder / "part-0.parquet", row_group_size=50)
    return folder


def both(run: Run, source: str) -> Iterator[Report]:
    yield retest(run, source)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("crossent.train.inference.retest.files_of", lambda *_: None)
        yield retest(run, source)


def test_the_figures_are_those_of_all_rows_together(run: Run) -> None:
    streamed, whole = both(run, run.config.data.source)
    same(streamed, whole)
    assert streamed.text == whole.text


def test_beyond_a_million_rows_ranking_and_calibration_are_of_some(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(retest_shards, "_ROWS", 200)
    streamed, whole = both(run, run.config.data.source)
    assert streamed.scores is not None
    assert whole.scores is not None
    retest(run, run.config.data.source, output=tmp_path)
    held = len((tmp_path / "predictions.csv").read_text().splitlines()) - 1
    assert 150 < held < 250
    assert f"are of a random {held} of the {ROWS} rows; all other figures are of all" in streamed.text
    of_some = {"roc_auc", "average_precision", "log_loss", "brier", "ece"}
    for one, two in ((streamed.scores, whole.scores), (streamed.tuned, whole.tuned)):
        if one is None or two is None:
            assert one is two
            continue
        ours, theirs = asdict(one), asdict(two)
        for name in of_some:
            figure = ours["figures"].pop(name)
            assert figure == pytest.approx(theirs["figures"].pop(name), abs=0.1)
        for line in (*ours["classes"], *theirs["classes"]):
            del line["roc_auc"], line["average_precision"]
        for found in (ours, theirs):
            del found["calibration"]
        close(ours, theirs, 1e-5)
    assert [item.id for item in streamed.worst] == [item.id for item in whole.worst]


def test_the_page_shows_rows_that_are_read_again(run: Run, tmp_path: Path) -> None:
    report = retest(run, run.config.data.source, output=tmp_path)
    assert {"report.html", "predictions.csv", "metrics.json"} <= set(report.files)
    assert "cannot be shown" not in (tmp_path / "report.html").read_text()
    assert f"x: {read_x(run, report.worst[0].row):.6g}" in (tmp_path / "report.html").read_text()


def read_x(run: Run, row: int) -> float:
    files = sorted(Path(run.config.data.source).glob("*.parquet"))
    return float(pa.concat_tables([pa.parquet.read_table(path) for path in files]).column("x")[row].as_py())


def test_a_file_without_labels_is_refused(run: Run, tmp_path: Path) -> None:
    whole = pa.parquet.read_table(sorted(Path(run.config.data.source).glob("*.parquet"))[0])
    pa.parquet.write_table(whole.drop_columns(list(run.schema.target)), tmp_path / "bare.parquet")
    with pytest.raises(DataError, match=r"there are no labels: the column .* is missing\.$"):
        retest(run, str(tmp_path / "bare.parquet"))


def test_a_run_finds_the_rows_of_its_parts_again(run: Run) -> None:
    """The files of a folder have rows of the same numbers."""
    found, before = retest(run).scores, run.metrics["scores"]
    assert found is not None
    assert found.to_json() == before


def same(streamed: Report, whole: Report, tolerance: float = 1e-5) -> None:
    pairs = ("scores", "tuned", "calibrated")
    for one, two in ((getattr(streamed, name), getattr(whole, name)) for name in pairs):
        close(None if one is None else asdict(one), None if two is None else asdict(two), tolerance)
    assert [(item.row, item.id, item.label) for item in streamed.worst] == [
        (item.row, item.id, item.label) for item in whole.worst
    ]


def close(one: Any, two: Any, tolerance: float) -> None:
    if isinstance(one, dict):
        assert one.keys() == two.keys()
        for name in one:
            close(one[name], two[name], tolerance)
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(two)
        for left, right in zip(one, two, strict=True):
            close(left, right, tolerance)
    else:
        assert one == (pytest.approx(two, rel=tolerance, abs=tolerance) if isinstance(two, float) else two)


def test_a_cross_validation_tests_and_predicts_files(tmp_path: Path, source: Path) -> None:
    settings = {"model.name": "mlp", "folds": 2, "epochs": 1}
    run = trained(tmp_path / "run", DataConfig(str(source), drop="row,often,twice"), **settings)
    same(*both(run, str(source)))
    out = tmp_path / "predicted"
    assert predict_shards(run, str(source), out, run.decision(0.5, False)) == ROWS
    found = pa.concat_tables([pa.parquet.read_table(path) for path in sorted(out.glob("*.parquet"))])
    assert found.column("prediction").to_pylist() == run.predict(str(source)).labels

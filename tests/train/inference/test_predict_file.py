"""Predictions stand beside the rows they are of, in order, whatever the format; or there is no file."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest
import torch
from PIL import Image

from crossent.train import load_run
from crossent.train.data import DataError
from crossent.train.evaluation.outputs import Outputs
from crossent.train.evaluation.predictions import columns_of
from crossent.train.inference import predict_file as module
from crossent.train.inference.predict import Decision
from crossent.train.inference.predict_file import predict_file
from crossent.train.inference.run import RunError
from crossent.train.inference.tables import table
from crossent.train.tasks.multiclass import Multiclass

from .. import sources
from ..made import Made


def rows_of(path: Path) -> list[dict[str, str]]:
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t" if path.suffix == ".tsv" else ","))


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet"])
def test_columns_and_order_are_kept(suffix: str, made: Callable[[str], Made], tmp_path: Path) -> None:
    source = sources.reviews(tmp_path / "new.csv", rows=50, labelled=False)
    run = load_run(made("text").folder)
    seen: list[tuple[int, int]] = []
    output = tmp_path / f"out{suffix}"
    done = predict_file(run, str(source), output, Decision(), 16, lambda *state: seen.append(state))
    assert (done, seen) == (50, [(16, 50), (32, 50), (48, 50), (50, 50)])
    if suffix == ".jsonl":
        rows = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    elif suffix == ".parquet":
        rows = pyarrow.parquet.read_table(output).to_pylist()
    else:
        rows = rows_of(output)
    assert list(rows[0]) == ["id", "review", "prediction", "p_bad", "p_good", "p_so & so"]
    # Leading zeros, quotes and line breaks as they were.
    assert [(row["id"], row["review"]) for row in rows] == [(row["id"], row["review"]) for row in rows_of(source)]
    found = run.predict(source)
    assert [row["prediction"] for row in rows] == found.labels
    assert [float(row["p_good"]) for row in rows] == pytest.approx(found.probabilities[:, 1].tolist(), rel=1e-5)


def test_a_labelled_source_keeps_its_labels_and_taken_names_are_numbered(
    made: Callable[[str], Made], tmp_path: Path
) -> None:
    source = tmp_path / "tags.csv"
    rows = rows_of(sources.tags(tmp_path / "all.csv", rows=5))
    with open(source, "w", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0], "prediction", "prediction_2"])
        writer.writeheader()
        writer.writerows({**row, "prediction": "mine", "prediction_2": ""} for row in rows)
    output = tmp_path / "out.csv"
    predict_file(load_run(made("multilabel").folder), str(source), output, Decision())
    found = rows_of(output)
    assert list(found[0]) == [
        "a",
        "b",
        "c",
        "tags",
        "prediction",
        "prediction_2",
        "prediction_3",
        "p_blue",
        "p_green",
        "p_red",
    ]
    assert [row["tags"] for row in found] == [row["tags"] for row in rows]
    assert {row["prediction"] for row in found} == {"mine"}


def test_pictures_are_named(made: Callable[[str], Made], tmp_path: Path) -> None:
    run = made("image")
    predict_file(load_run(run.folder), run.source, tmp_path / "out.csv", Decision())
    found = rows_of(tmp_path / "out.csv")
    assert len(found) == 40
    assert list(found[0]) == ["file", "prediction", "p_<dark>"]
    assert found[0]["file"].endswith("00.png")


def test_masks_have_the_values_and_sizes_of_the_training(made: Callable[[str], Made], tmp_path: Path) -> None:
    run = made("segmentation")
    images = Path(run.source) / "images"
    assert predict_file(load_run(run.folder), str(images), tmp_path / "masks", Decision()) == 30
    written = sorted((tmp_path / "masks").iterdir())
    assert [file.name for file in written] == [file.name for file in sorted(images.iterdir())]
    found = np.stack([np.array(Image.open(file)) for file in written])
    assert found.shape == (30, 16, 20)
    assert set(np.unique(found)) <= {0, 1, 7}
    classes = load_run(run.folder).predict(str(images)).prediction.numpy()
    assert np.array_equal(found, np.array([0, 1, 7])[classes])


def test_an_error_leaves_no_file_and_keeps_an_old_one(
    made: Callable[[str], Made], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = sources.reviews(tmp_path / "new.csv", rows=20, labelled=False)
    run = load_run(made("text").folder)
    output = tmp_path / "out.csv"
    output.write_text("before")

    def broken(*arguments: object, **settings: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(module, "columns_of", broken)
    with pytest.raises(OSError, match="disk full"):
        predict_file(run, str(source), output, Decision())
    assert output.read_text() == "before"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["new.csv", "out.csv"]


def test_wrong_outputs_and_sources_are_told(made: Callable[[str], Made], tmp_path: Path) -> None:
    source = sources.reviews(tmp_path / "new.csv", rows=5, labelled=False)
    text, masks = load_run(made("text").folder), load_run(made("segmentation").folder)
    cases = [
        (
            text,
            source,
            tmp_path / "out.cvs",
            f"expected a name that ends in .csv, .tsv, .jsonl, .parquet; write {tmp_path / 'out.csv'}",
        ),
        (text, source, tmp_path / "out", "expected a name that ends in"),
        (text, source, tmp_path, f"is a folder; write for example {tmp_path / 'predicted.csv'}"),
        (text, source, tmp_path / "no" / "out.csv", f"there is no folder {str(tmp_path / 'no')!r} to write out.csv to"),
        (text, source, source, "is the source itself; write the predictions to another file"),
        (masks, source, tmp_path / "out.csv", "predicted masks are files in a folder"),
    ]
    for run, given, output, message in cases:
        with pytest.raises(RunError) as caught:
            predict_file(run, str(given), output, Decision())
        assert message in str(caught.value)
    (tmp_path / "none.csv").write_text("id,review\n")
    with pytest.raises(DataError):
        predict_file(text, str(tmp_path / "none.csv"), tmp_path / "out.csv", Decision())


def test_parquet_keeps_the_types_and_takes_a_first_part_without_values(tmp_path: Path) -> None:
    with table(tmp_path / "out.parquet", {"n": pyarrow.int32()}) as writer:
        writer.write({"n": [1, 2], "note": [None, None]})
        writer.write({"n": [3], "note": ["late"]})
    found = pyarrow.parquet.read_table(tmp_path / "out.parquet")
    assert found.to_pydict() == {"n": [1, 2, 3], "note": [None, None, "late"]}
    assert found.schema.field("n").type == pyarrow.int32()


def test_of_very_many_classes_only_the_probability_of_the_prediction() -> None:
    names = tuple(map(str, range(201)))
    outputs = Outputs(Multiclass(names), torch.eye(201)[:2] * 9, None, None, ["a", "b"], 0.0)
    rows = list(columns_of(outputs, outputs.logits.argmax(1)))
    assert [list(row) for row in rows] == [["prediction", "probability"]] * 2
    assert rows[1]["prediction"] == "1"
    assert rows[1]["probability"] == pytest.approx(outputs.logits.double().softmax(1)[1, 1].item(), rel=1e-5)

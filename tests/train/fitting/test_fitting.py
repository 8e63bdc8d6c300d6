"""A whole run: its figures, its files, its repeatability, and how it ends when something goes wrong."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import torch

from crossent.train.config.fit import FitConfig
from crossent.train.fitting.fit import Outcome
from crossent.train.fitting.loop import Ending
from crossent.train.state.checkpoint import Checkpoints

from ...cli.reading import read_config

Finished = tuple[FitConfig, Outcome]


def test_the_run_is_good_and_its_best_evaluation_is_the_lowest(finished: Finished) -> None:
    _, outcome = finished
    lowest = min(outcome.rows, key=lambda row: row.figures["val_loss"])
    assert outcome.best == lowest
    # Or the next test could not tell the best weights from the last.
    assert lowest.step < outcome.rows[-1].step == 12 * 20
    assert lowest.figures["val_accuracy"] > 0.93
    assert outcome.ending is Ending.EPOCHS


def test_the_folder_holds_the_whole_run(finished: Finished) -> None:
    config, outcome = finished
    names = {file.name for file in outcome.folder.iterdir() if not file.name.startswith("events.out.tfevents.")}
    wanted = {
        "best",
        "last",
        "config.yaml",
        "schema",
        "census.json",
        "model.json",
        "split.json",
        "data.json",
        "history.csv",
    }
    assert names >= wanted | {"metrics.json", "predictions.csv", "report.txt", "report.html"}
    assert list(outcome.folder.glob("events.out.tfevents.*"))
    written = read_config(["--config", str(outcome.folder / "config.yaml")])
    assert written == replace(config, name=None, batch_size=config.batch, schedule=config.way)
    with open(outcome.folder / "history.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["val_loss"]) for row in rows] == [row.figures["val_loss"] for row in outcome.rows]
    assert [int(row["best"]) for row in rows] == [row.best for row in outcome.rows]
    split = json.loads((outcome.folder / "split.json").read_text())
    assert [len(split[part]) for part in ("train", "val", "test")] == [1259, 269, 269]
    assert len({name for part in split.values() for name in part}) == 1797


def test_best_and_last_are_copies_of_their_own_weights(finished: Finished) -> None:
    _, outcome = finished
    checkpoints = Checkpoints(outcome.folder)
    best = checkpoints.load_best()
    last, complaint = checkpoints.load_last()
    assert best is not None
    assert last is not None
    assert complaint == ""
    assert (best.state["step"], last.state["step"]) == (outcome.best.step, outcome.rows[-1].step)
    assert best.state["val_loss"] == outcome.best.figures["val_loss"]
    assert any(not torch.equal(best.model[name], last.model[name]) for name in best.model)

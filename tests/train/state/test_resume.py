"""A run that was killed ends as one that was not: the same weights, history and test, to the last bit."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from .. import sources
from ..conftest import Forks

# Everything that has a state: dropout, momentum with its schedule, averaged weights, micro-batches, checkpoints inside
# epochs (20 steps each) and evaluations at their own pace.
SETTINGS: dict[str, Any] = {
    "model": "mlp",
    "model.kwargs": {"hidden": [16], "dropout": 0.3},
    "optimizer": "adamw",
    "ema": 0.9,
    "clip": 1.0,
    "steps": 50,
    "evaluate_every": "12steps",
    "save_every": "5steps",
    "micro_batch_size": 24,
    "logger": "none",
    "accelerator": "cpu",
}
OTHERS = {
    "sgd": {"optimizer": {"name": "sgd", "nesterov": True}, "schedule": {"name": "onecycle"}, "ema": None},
    "plateau": {"schedule": {"patience": "1evaluations"}, "lr": 0.05, "ema": None, "micro_batch_size": None},
}


def everything(folder: Path) -> dict[str, Any]:
    """The results of a run, without what the clock put there."""
    rows = [line.split(",") for line in (folder / "history.csv").read_text().splitlines()]
    seconds = rows[0].index("seconds")
    # The closing lines name the folder.
    metrics = json.loads((folder / "metrics.json").read_text().replace(str(folder), "RUN"))
    (metrics["baseline"] or {}).pop("seconds", None)
    return {
        "history": [row[:seconds] + row[seconds + 1 :] for row in rows],
        "predictions": (folder / "predictions.csv").read_bytes(),
        "metrics": metrics,
        **{
            f"{name}/{key}": tensor.tolist()
            for name in ("best", "last")
            for key, tensor in load_file(folder / name / "model.safetensors").items()
        },
    }


@pytest.fixture(scope="module")
def whole(forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    out = tmp_path_factory.mktemp("whole")
    assert forks({**SETTINGS, "out": str(out), "name": "run"})[0] == 0
    return everything(out / "run")


@pytest.mark.parametrize(
    ("moment", "count"),
    [
        ("step", 1),  # before anything was written
        ("step", 4),  # before the first checkpoint
        ("step", 14),  # inside an epoch, after an evaluation
        ("step", 23),  # in the second epoch
        ("history", 2),  # an evaluation is done, and not written
        ("write", 5),  # a checkpoint is half written
        ("rename", 5),  # the old checkpoint is aside, and the new one not in its place
        ("best", 2),  # last/ says that it is the best, and best/ holds another
        ("finish", 1),  # all steps are done
    ],
)
def test_killed_and_resumed(forks: Forks, whole: dict[str, Any], tmp_path: Path, moment: str, count: int) -> None:
    settings = {**SETTINGS, "out": str(tmp_path), "name": "run"}
    assert forks(settings, die=[moment, count])[0] == -signal.SIGKILL
    assert not (tmp_path / "run" / "metrics.json").exists()
    status, text = forks({}, resume=str(tmp_path / "run"))
    assert status == 0, text
    assert everything(tmp_path / "run") == whole


@pytest.mark.parametrize("name", OTHERS)
def test_other_optimizers_and_schedules(forks: Forks, tmp_path: Path, name: str) -> None:
    _killed_is_whole(forks, tmp_path, OTHERS[name])


def test_an_ensemble_of_a_table(forks: Forks, tmp_path: Path) -> None:
    own = {"source": "wine", "model": "ensemble", "model.kwargs": {"members": 3, "hidden": [8]}, "clip": None}
    _killed_is_whole(forks, tmp_path, own)


def test_texts_that_begin_at_a_solution(forks: Forks, tmp_path: Path) -> None:
    source = str(sources.reviews(tmp_path / "reviews.csv"))
    own = {"source": source, "text": "review", "drop": "id", "model": "auto", "model.kwargs": {}, "clip": None}
    _killed_is_whole(forks, tmp_path, own)


def _killed_is_whole(forks: Forks, folder: Path, own: dict[str, Any]) -> None:
    for out in ("whole", "killed"):
        settings = {**SETTINGS, **own, "out": str(folder), "name": out}
        assert forks(settings, die=["step", 34] if out == "killed" else None)[0] == (0 if out == "whole" else -9)
    status, text = forks({}, resume=str(folder / "killed"))
    assert status == 0, text
    assert everything(folder / "killed") == everything(folder / "whole")


def test_killed_twice(forks: Forks, whole: dict[str, Any], tmp_path: Path) -> None:
    settings = {**SETTINGS, "out": str(tmp_path), "name": "run"}
    assert forks(settings, die=["step", 14])[0] == -signal.SIGKILL
    assert forks({}, resume=str(tmp_path / "run"), die=["step", 14])[0] == -signal.SIGKILL
    assert forks({}, resume=str(tmp_path / "run"))[0] == 0
    assert everything(tmp_path / "run") == whole

"""Loggers get what a run finds, and never cost it; a signal at its end loses nothing."""

from __future__ import annotations

import io
import signal
import sys
import types
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from crossent.train.config.fit import SettingError
from crossent.train.display import loggers
from crossent.train.errors import TrainingError
from crossent.train.fitting.api import run
from crossent.train.report import finish

from ..conftest import QUIET
from ..fitting.test_loop import CPU, data, net


def test_mlflow_gets_settings_and_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # mlflow is not among what the tests install: this is what is called of it.
    calls: list[tuple[str, Any]] = []
    fake = types.ModuleType("mlflow")
    fake.__spec__ = types.SimpleNamespace(name="mlflow")  # type: ignore[assignment]
    for name in ("set_experiment", "log_params", "log_artifact", "end_run"):
        setattr(fake, name, lambda *args, name=name: calls.append((name, args)))
    fake.log_metrics = lambda metrics, step: calls.append(("log_metrics", (step, metrics)))  # type: ignore[attr-defined]

    def start_run(run_id: str | None, run_name: str) -> Any:
        calls.append(("start_run", (run_id, run_name)))
        return types.SimpleNamespace(info=types.SimpleNamespace(run_id="42"))

    fake.start_run = start_run  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "mlflow", fake)
    outcome = run(net(), data(), out=tmp_path, name="x", epochs=2, **{**CPU, "logger": "mlflow"})
    run(net(), data(), resume=outcome.folder, epochs=3, console=QUIET)
    assert [arguments for name, arguments in calls if name == "start_run"] == [(None, "x"), ("42", "x")]
    params = [arguments[0] for name, arguments in calls if name == "log_params"]
    assert len(params) == 1
    assert (params[0]["epochs"], params[0]["optimizer.name"]) == (2, "adamw")
    logged = [arguments for name, arguments in calls if name == "log_metrics"]
    assert [step for step, _ in logged] == [1, 2, None, 3, None]
    assert logged[-1][1]["test_accuracy"] >= 0
    assert str(outcome.folder / "report.html") in [arguments[0] for name, arguments in calls if name == "log_artifact"]
    assert [arguments for name, arguments in calls if name == "end_run"] == [("FINISHED",)] * 2


def test_tensorboard_gets_scalars(tmp_path: Path) -> None:
    outcome = run(net(), data(), out=tmp_path, name="x", epochs=2, **{**CPU, "logger": "tensorboard"})
    events = EventAccumulator(str(outcome.folder)).Reload()
    tags = {"loss/train", "loss/val", "loss/test", "accuracy/train", "accuracy/val", "macro_f1/val", "lr"}
    assert tags <= set(events.Tags()["scalars"])
    assert [event.step for event in events.Scalars("loss/val")] == [row.step for row in outcome.rows]
    losses = [row.figures["val_loss"] for row in outcome.rows]
    assert [event.value for event in events.Scalars("loss/val")] == pytest.approx(losses, rel=1e-6)


@pytest.mark.parametrize("moment", ["__init__", "add", "finish", "close"])
def test_a_logger_never_costs_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    def fails(*arguments: Any) -> None:
        raise ConnectionError("the server is gone\nand more")

    monkeypatch.setattr(loggers._TensorBoard, moment, fails)
    console = Console(file=io.StringIO(), width=200)
    outcome = run(net(), data(), out=tmp_path, epochs=2, **{**CPU, "logger": "tensorboard", "console": console})
    assert (outcome.folder / "metrics.json").exists()
    assert console.file.getvalue().count("The logger tensorboard has failed (ConnectionError: the server is gone)") == 1


def test_a_failed_training_is_told_to_its_loggers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(loggers._TensorBoard, "close", lambda self, status: told.append(status))
    with pytest.raises(TrainingError, match="has diverged"):
        run(net(), data(), out=tmp_path, optimizer="sgd", lr=1e30, **{**CPU, "logger": "tensorboard"})
    assert told == ["FAILED"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_the_report_is_written_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    written = finish.write_predictions

    def interrupted(*arguments: Any) -> None:
        signal.raise_signal(number)
        written(*arguments)

    monkeypatch.setattr(finish, "write_predictions", interrupted)
    console = Console(file=io.StringIO(), width=200)
    outcome = run(net(), data(), out=tmp_path, epochs=1, **{**CPU, "console": console})
    assert outcome.signal == number
    assert all((outcome.folder / name).exists() for name in ("predictions.csv", "metrics.json", "report.html"))
    name = "Ctrl-C" if number == signal.SIGINT else "SIGTERM"
    assert f"{name} came at the end; everything is written" in console.file.getvalue()


def test_a_logger_that_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(SettingError, match=r"^logger: expected .* installed; for mlflow write: pip install mlflow"):
        run(net(), data(), out=tmp_path, **{**CPU, "logger": "mlflow"})
    assert list(tmp_path.iterdir()) == []

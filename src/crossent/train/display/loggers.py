"""Where the figures of each evaluation go besides history.csv."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from ..config.rules import SettingError
from ..state.history import Row


class Logger(Protocol):
    """Takes the rows of a run."""

    def add(self, row: Row) -> None:
        """Take a row."""

    def close(self) -> None:
        """Write what is not written yet."""


def check_loggers(names: str) -> None:
    """Whether what the loggers need is installed.

    Raises:
        SettingError: a package is not.
    """
    for name in _listed(names):
        if name in ("tensorboard", "mlflow") and find_spec(name) is None:
            expected = f"a logger that is installed; for {name} write: pip install {name}"
            raise SettingError("logger", expected, name, "csv")


def make_loggers(names: str, folder: Path, settings: dict[str, Any]) -> list[Logger]:
    """The loggers of the setting `logger`, names with commas between them."""
    made: list[Logger] = []
    for name in _listed(names):
        if name == "tensorboard":
            made.append(_TensorBoard(folder))
        elif name == "mlflow":
            made.append(_MLflow(folder, settings))
    return made


class _TensorBoard:
    """Event files in the run's folder."""

    def __init__(self, folder: Path) -> None:
        from tensorboard.summary import Writer

        self._writer = Writer(str(folder))

    def add(self, row: Row) -> None:
        for name, value in (*row.figures.items(), ("lr", row.lr)):
            group, _, rest = name.partition("_")
            self._writer.add_scalar(f"{rest}/{group}" if rest else name, value, row.step)
        self._writer.flush()

    def close(self) -> None:
        self._writer.close()


class _MLflow:
    """A run of the experiment "crossent" at the tracking server that the environment names, else in mlruns/."""

    def __init__(self, folder: Path, settings: dict[str, Any]) -> None:
        import mlflow

        self._mlflow = mlflow
        mlflow.set_experiment("crossent")
        # A run that goes on is one run there, too.
        mark = folder / "mlflow_run_id"
        known = mark.read_text(encoding="utf-8") if mark.exists() else None
        self._run = mlflow.start_run(run_id=known, run_name=folder.name)
        if known is None:
            mark.write_text(self._run.info.run_id, encoding="utf-8")
            mlflow.log_params(settings)

    def add(self, row: Row) -> None:
        figures = {name: value for name, value in (*row.figures.items(), ("lr", row.lr)) if value == value}
        self._mlflow.log_metrics(figures, step=row.step)

    def close(self) -> None:
        self._mlflow.end_run()


def _listed(names: str) -> list[str]:
    return list(dict.fromkeys(name.strip() for name in names.split(",")))

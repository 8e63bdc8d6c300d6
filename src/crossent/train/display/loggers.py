"""Where the figures of each evaluation go besides history.csv."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from ..config.rules import SettingError
from ..state.history import Row

# How a run ended, as MLflow calls it.
FINISHED, FAILED, KILLED = "FINISHED", "FAILED", "KILLED"


class Logger(Protocol):
    """Takes the rows of a run, and what was found at its end."""

    def add(self, row: Row) -> None:
        """Take a row."""

    def finish(self, figures: dict[str, float], files: list[Path]) -> None:
        """Take the figures of the test, and the files of the report."""

    def close(self, status: str) -> None:
        """Write what is not written yet, and how the run ended."""


class Loggers:
    """The loggers of a run. One that fails costs the run a warning and gets no more; it never costs the run itself.

    Args:
        makers: by name, what makes each.
        warn: takes the warnings.
    """

    def __init__(self, makers: dict[str, Callable[[], Logger]], warn: Callable[[str], None]) -> None:
        self.status = FINISHED
        self._warn = warn
        self._loggers: dict[str, Logger] = {}
        for name, make in makers.items():
            with self._guarded(name):
                self._loggers[name] = make()

    def add(self, row: Row) -> None:
        """Give all a row."""
        self._each(lambda logger: logger.add(row))

    def finish(self, figures: dict[str, float], files: list[Path]) -> None:
        """Give all the figures of the test, and the files of the report."""
        self._each(lambda logger: logger.finish(figures, files))

    def __enter__(self) -> Loggers:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is not None:
            self.status = FAILED if issubclass(kind, Exception) else KILLED
        self._each(lambda logger: logger.close(self.status))

    def _each(self, act: Callable[[Logger], None]) -> None:
        for name, logger in list(self._loggers.items()):
            with self._guarded(name):
                act(logger)

    @contextmanager
    def _guarded(self, name: str) -> Iterator[None]:
        try:
            yield
        # Any: what is behind it is a server, a database or a disk, which fail in their own ways.
        except Exception as error:
            self._loggers.pop(name, None)
            reason = str(error).strip().partition("\n")[0]
            self._warn(
                f"The logger {name} has failed ({type(error).__name__}: {reason}) and gets no more; the run goes on. "
                "All figures are in history.csv"
            )


def check_loggers(names: str) -> None:
    """Make sure that the packages of the loggers are installed.

    Raises:
        SettingError: a package is not.
    """
    for name in _listed(names):
        if name in ("tensorboard", "mlflow") and find_spec(name) is None:
            expected = f"a logger that is installed; for {name} write: pip install {name}"
            raise SettingError("logger", expected, name, "csv")


def make_loggers(names: str, folder: Path, settings: dict[str, Any], warn: Callable[[str], None]) -> Loggers:
    """The loggers of the setting `logger`, names with commas between them."""
    makers: dict[str, Callable[[], Logger]] = {
        "tensorboard": lambda: _TensorBoard(folder),
        "mlflow": lambda: _MLflow(folder, settings),
    }
    return Loggers({name: makers[name] for name in _listed(names) if name in makers}, warn)


class _TensorBoard:
    """Event files in the run's folder."""

    def __init__(self, folder: Path) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._writer: Any = SummaryWriter(str(folder))
        self._step = 0

    def add(self, row: Row) -> None:
        self._step = row.step
        self._write({**row.figures, "lr": row.lr})

    def finish(self, figures: dict[str, float], files: list[Path]) -> None:
        self._write(figures)

    def close(self, status: str) -> None:
        self._writer.close()

    def _write(self, figures: dict[str, float]) -> None:
        for name, value in figures.items():
            group, _, rest = name.partition("_")
            self._writer.add_scalar(f"{rest}/{group}" if rest else name, value, self._step)
        self._writer.flush()


class _MLflow:
    """A run of the experiment "crossent" at the tracking server that the environment names, else where MLflow keeps
    its own."""

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
        self._log({**row.figures, "lr": row.lr}, row.step)

    def finish(self, figures: dict[str, float], files: list[Path]) -> None:
        self._log(figures, None)
        for file in files:
            self._mlflow.log_artifact(str(file))

    def close(self, status: str) -> None:
        self._mlflow.end_run(status)

    def _log(self, figures: dict[str, float], step: int | None) -> None:
        # What is no number is nothing to a database.
        self._mlflow.log_metrics({name: value for name, value in figures.items() if value == value}, step=step)


def _listed(names: str) -> list[str]:
    return list(dict.fromkeys(name.strip() for name in names.split(",")))

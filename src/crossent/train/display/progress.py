"""The progress of a run: a line per evaluation, and on a terminal a bar with the rate and the time left."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TimeRemainingColumn
from rich.text import Text

from ...printable import printable
from ...wording import right, say, width
from ..state.history import Row

# The bar is drawn at most this often, in seconds.
_REFRESH = 0.25
_LOSSES = {"train_loss": "train loss", "val_loss": "val loss"}


def silent() -> Console:
    """A console that nothing comes out of."""
    return Console(quiet=True)


class Display:
    """Writes to a console that is given, or to stdout; of several processes, only the first one does."""

    def __init__(self, console: Console | None = None, *, quiet: bool = False) -> None:
        self.console = silent() if quiet else console or Console()
        self._bar = Progress(
            _Epoch(),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            _Rate(),
            TimeRemainingColumn(compact=True),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
            # No thread of its own: it would take turns with the steps.
            auto_refresh=False,
        )
        self._task = self._bar.add_task("", visible=False)
        self._live = self.console.is_terminal and not self.console.quiet
        self._next = 0.0
        self._widths: list[int] = []

    def line(self, text: str = "") -> None:
        """Print plain text: no colour codes, no pictures for ":100:", no wrapping, above the bar if there is one."""
        self.console.print(printable(say(text)), markup=False, emoji=False, highlight=False, soft_wrap=True)

    @contextmanager
    def training(self, done: int, total: int, steps_per_epoch: int, epochs: int) -> Iterator[None]:
        """Show the bar, from `done` of `total` steps on, while the steps run."""
        self._steps_per_epoch = steps_per_epoch
        with self._bar:
            self._bar.reset(self._task, total=total, completed=done, visible=True, epoch=1, epochs=epochs)
            yield

    def step_done(self, step: int) -> None:
        """Move the bar."""
        if not self._live:
            return
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _REFRESH
            epoch = (step - 1) // self._steps_per_epoch + 1
            self._bar.update(self._task, completed=step, epoch=epoch, refresh=True)

    def evaluation_done(self, row: Row, monitor: str) -> None:
        """Print the line of an evaluation, and above the first one the titles; the other figures are in history.csv."""
        shown = [name for name in row.figures if name.startswith("train_")]
        shown += [name for name in row.figures if name.startswith("val_")][: len(shown)]
        if monitor not in shown:
            shown.append(monitor)
        cells = [
            ("step", f"{row.step:,}"),
            ("epoch", f"{row.epoch:g}" if row.epoch == round(row.epoch) else f"{row.epoch:.2f}"),
            *((_title(name), _figure(name, row.figures[name])) for name in shown),
            ("lr", f"{row.lr:.2e}"),
            ("best", "*" if row.best else ""),
        ]
        if not self._widths:
            titles = [say(title) for title, _ in cells]
            self._widths = [max(width(title), 8 if index else 7) for index, title in enumerate(titles)]
            self._widths[-1] = width(titles[-1])
            self.line(self._columns(titles))
        self.line(self._columns([cell for _, cell in cells]))

    def _columns(self, cells: list[str]) -> str:
        return "  ".join(right(cell, size) for cell, size in zip(cells, self._widths, strict=True)).rstrip()


class _Epoch(ProgressColumn):
    """The number of the epoch."""

    def render(self, task: Task) -> Text:
        return Text(say(f"epoch {task.fields['epoch']} of {task.fields['epochs']}"))


class _Rate(ProgressColumn):
    """Steps per second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(say(f"{f'{speed:,.0f}' if speed >= 10 else f'{speed:.2g}'} steps/s") if speed else "")


def _title(name: str) -> str:
    """Losses say whose they are; the figure beside a loss is of the same samples."""
    return _LOSSES.get(name) or name.partition("_")[2].replace("_", " ")


def _figure(name: str, value: float) -> str:
    return f"{value:.4f}" if name.endswith("loss") or value != value else f"{value:.2%}"

"""The lines and the progress bar of a run; without a terminal, the lines alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from ..callbacks import EpochRow

_TITLES = ("epoch", "train loss", "acc", "val loss", "acc", "lr", "best")
_WIDTHS = (5, 10, 7, 8, 7, 8, 4)


class Display:
    """Writes to a console that is given, or to stdout."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console()
        self._bar = Progress(
            TextColumn("epoch {task.fields[epoch]} of {task.fields[epochs]}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("batches"),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        )
        self._task = self._bar.add_task("", visible=False)

    def line(self, text: str) -> None:
        """Print plain text: no colour codes, no wrapping, above the bar if there is one."""
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)

    @contextmanager
    def epochs(self) -> Iterator[None]:
        """Show the column titles, then the bar while the epochs run."""
        self.line(_columns(_TITLES))
        with self._bar:
            yield

    def start_epoch(self, epoch: int, epochs: int, batches: int) -> None:
        """Set the bar back to the first batch."""
        self._bar.reset(self._task, total=batches, visible=True, epoch=epoch, epochs=epochs)

    def batch_done(self) -> None:
        """Move the bar on by a batch."""
        self._bar.advance(self._task)

    def epoch_done(self, row: EpochRow) -> None:
        """Print the line of an epoch."""
        self.line(
            _columns(
                (
                    str(row.epoch),
                    f"{row.train_loss:.4f}",
                    f"{row.train_accuracy:.2%}",
                    f"{row.val_loss:.4f}",
                    f"{row.val_accuracy:.2%}",
                    f"{row.lr:.2e}",
                    "*" if row.best else "",
                )
            )
        )


def _columns(cells: tuple[str, ...]) -> str:
    return "  ".join(f"{cell:>{width}}" for cell, width in zip(cells, _WIDTHS, strict=True)).rstrip()

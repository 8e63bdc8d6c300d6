"""The texts of the end: why it stopped, the tables, and what is shown on a terminal."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from xent.train.callbacks import EpochRow
from xent.train.config import FitConfig
from xent.train.evaluate import Evaluation
from xent.train.report.console import Display
from xent.train.report.files import write_report
from xent.train.report.text import closing_text
from xent.train.result import Ending, FitResult

ROWS = [EpochRow(epoch, 0.5, 0.8, loss, 0.75, 1e-3, 1.0, epoch == 2) for epoch, loss in ((1, 0.9), (2, 0.4), (3, 0.6))]
# c never occurs and is never predicted; d occurs once and is never predicted.
TEST = Evaluation(0.25, 0.75, [[1, 0, 0, 0], [0, 2, 0, 0], [0, 0, 0, 0], [0, 1, 0, 0]])
RESULT = FitResult(Path(), ("a", "b", "c", "delta"), Ending.PATIENCE, ROWS, ROWS[1], TEST)


@pytest.mark.parametrize(
    ("ending", "settings", "first"),
    [
        (
            Ending.PATIENCE,
            {"patience_epochs": 1},
            "Stopped after epoch 3: 1 epoch in a row without a lower validation loss (early stopping).",
        ),
        (Ending.EPOCHS, {"epochs": 3}, "Stopped after epoch 3, the last one asked for (--epochs 3)."),
        (Ending.INTERRUPT, {}, "Stopped by Ctrl-C after epoch 3; the epoch that was cut short is left out."),
    ],
)
def test_the_end_says_why_and_where_the_best_was(ending: Ending, settings: dict[str, int], first: str) -> None:
    lines = closing_text(replace(RESULT, ending=ending), FitConfig(**settings)).splitlines()
    assert lines[:2] == [first, "The lowest validation loss was 0.4000, in epoch 2, 1 epoch before the end."]


def test_a_best_last_epoch_is_called_that() -> None:
    text = closing_text(replace(RESULT, history=ROWS[:2], ending=Ending.EPOCHS), FitConfig(epochs=2))
    assert "in epoch 2, the last one.\n" in text


def test_the_report_shows_every_class_and_every_count(tmp_path: Path) -> None:
    write_report(replace(RESULT, folder=tmp_path), FitConfig())
    assert (
        (tmp_path / "report.txt").read_text().split("\n\n", 1)[1]
        == """\
Test, with the weights of epoch 2 read back from best.safetensors: loss 0.2500, accuracy 75.00% (3 of 4 right)

class  precision  recall     f1  support
a          1.000   1.000  1.000        1
b          0.667   1.000  0.800        2
c              -       -      -        0
delta          -   0.000  0.000        1

label  predicted as
           a      b      c  delta
a          1      0      0      0
b          0      2      0      0
c          0      0      0      0
delta      0      1      0      0
"""
    )


def test_a_loss_of_nan_does_not_break_the_report(tmp_path: Path) -> None:
    write_report(replace(RESULT, folder=tmp_path, test=replace(TEST, loss=float("nan"))), FitConfig())
    assert '"loss": null,' in (tmp_path / "report.json").read_text()


@pytest.mark.parametrize("terminal", [True, False])
def test_the_bar_is_for_terminals(terminal: bool) -> None:
    stream = io.StringIO()
    display = Display(Console(file=stream, force_terminal=terminal, width=100, color_system=None))
    with display.epochs():
        display.start_epoch(1, 30, batches=20)
        for _ in range(20):
            display.batch_done()
        display.epoch_done(ROWS[1])
    shown = stream.getvalue()
    assert ("epoch 1 of 30" in shown) == ("20/20" in shown) == terminal
    lines = (
        "epoch  train loss      acc  val loss      acc        lr  best\n",
        "    2      0.5000   80.00%    0.4000   75.00%  1.00e-03     *\n",
    )
    assert all(line in shown for line in lines)
    assert terminal or shown == "".join(lines)

"""Texts of the data that would steer a terminal or be a formula to a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from crossent.cli import main
from crossent.printable import cell, printable
from crossent.train import fit
from crossent.train.config.data import DataConfig
from crossent.train.display.progress import Display
from crossent.train.inference.loading import load_run
from crossent.train.inference.predict_file import predict_file

from ..train import sources
from ..train.made import Made
from ..train.made import made as made
from ..train.runs import trained

FORMULAS = ('=HYPERLINK("http://x","y")', "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1")


@pytest.mark.parametrize("text", ["\x1b[2J", "\x1b]0;title\x07", "\x9b31m", "\x00", "\u202e", "\x08"])
def test_nothing_steers_a_terminal(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    shown = printable(f"a{text}b\n中文\tc")
    assert all(c.isprintable() or c in "\n\t" for c in shown)
    assert shown.endswith("b\n中文\tc")
    console = Console(file=io.StringIO())
    Display(console).line(f"class {text}")
    assert text not in console.file.getvalue()
    assert main(["fit", f"no{text}file"]) == 2
    assert text not in capsys.readouterr().err


def test_no_command_prints_a_path_as_it_is(
    made: Callable[[str], Made], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, source = str(made("binary").folder), "breast_cancer"
    for name in ("\x1b[2J.csv", "a\u202e.pt2", "\x1b"):
        words = {".csv": ["predict", run, source, "-o"], ".pt2": ["export", run]}.get(Path(name).suffix)
        assert main([*(words or ["test", run, source, "-o"]), str(tmp_path / name)]) == 0
        printed = capsys.readouterr().out
        assert all(c.isprintable() or c in "\n\t" for c in printed), printed
        assert r"\x1b" in printed or r"\u202e" in printed


@pytest.mark.parametrize("command", ["predict", "export", "test", "fit"])
def test_what_the_system_refuses_is_a_sentence(
    made: Callable[[str], Made], capsys: pytest.CaptureFixture[str], command: str
) -> None:
    run, long = str(made("binary").folder), "a" * 300
    arguments = {
        "predict": [run, "breast_cancer", "-o", f"{long}.csv"],
        "export": [run, f"{long}.onnx"],
        "test": [run, "breast_cancer", "-o", long],
        "fit": ["--resume", long],
    }[command]
    assert main([command, *arguments]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"crossent {command}: error: a")
    assert said.endswith(": File name too long\n")


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_a_formula(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["-3.5", "+1e5", "-inf", "a=b", "", -3.5, None, "– dash"])
def test_other_cells_stay(value: object) -> None:
    assert cell(value) == value


def test_predictions_hold_no_formula(made: Callable[[str], Made], tmp_path: Path) -> None:
    with open(tmp_path / "in.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "review", "=head"])
        writer.writerows([number, text, text] for number, text in enumerate(FORMULAS[:4]))
    run = load_run(made("text").folder)
    predict_file(run, str(tmp_path / "in.csv"), tmp_path / "out.csv", run.decision(0.5, False))
    with open(tmp_path / "out.csv", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][:3] == ["id", "review", "'=head"]
    assert [row[1] for row in rows[1:]] == [f"'{text}" for text in FORMULAS[:4]]


def test_paths_and_names_may_have_more_than_a_line(tmp_path: Path) -> None:
    images, out = sources.squares(tmp_path / "im\nages"), tmp_path / "ru\nns"
    (images / "<dark>").rename(images / "da\nrk")
    (images / "da\nrk" / "00.png").rename(images / "da\nrk" / "x\n0.png")
    run = trained(out / "a\nrun", DataConfig(str(images)), epochs=1)
    assert load_run(run.folder).classes == ('"light"', "da\nrk")
    predict_file(load_run(run.folder), str(images), out / "a\n.csv", run.decision(0.5, False))
    with open(out / "a\n.csv", newline="") as file:
        names = [row[0] for row in csv.reader(file)][1:]
    assert len(names) == 40
    assert "da\nrk/x\n0.png" in names
    assert fit(resume=run.folder, console=Console(quiet=True)).folder == run.folder

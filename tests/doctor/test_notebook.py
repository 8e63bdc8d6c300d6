"""`%load_ext crossent` and `%%crossent_doctor`, with a shell that does what IPython's does."""

from __future__ import annotations

import linecache
from types import SimpleNamespace
from typing import Any

import pytest

import crossent

from .training import MISTAKE

CELL = """\
import torch
from torch import nn
model = nn.Sequential(nn.Linear(5, 3), nn.Softmax(dim=1))
for _ in range(3):
    loss = nn.CrossEntropyLoss()(model(torch.randn(8, 5)), torch.arange(8) % 3)
    loss.backward()
"""


class Shell:
    """As much of IPython as the magic needs."""

    def __init__(self) -> None:
        self.magics: dict[str, Any] = {}
        # In the first cell.
        self.execution_count = 2
        self.history_manager = SimpleNamespace(input_hist_parsed=["", "%%crossent_doctor"])

    def register_magic_function(self, function: Any, kind: str, name: str) -> None:
        assert kind == "cell"
        self.magics[name] = function

    def run_cell(self, code: str) -> SimpleNamespace:
        file, error = f"<ipython-input-{self.execution_count}-0a1b2c3d>", None
        code = code.lstrip("\n")
        linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
        try:
            exec(compile(code, file, "exec"), {"__name__": "__main__"})
        except Exception as raised:
            error = raised
        return SimpleNamespace(error_in_exec=error)


@pytest.fixture
def magic() -> Any:
    shell = Shell()
    crossent.load_ipython_extension(shell)
    return shell.magics["crossent_doctor"]


def test_a_cell_is_watched_and_its_report_is_shown(magic: Any) -> None:
    report = magic("", CELL)
    (finding,) = report.findings
    # The line of the magic is the first one of the cell.
    assert (finding.id, finding.where) == (MISTAKE, "<ipython-input-1-0a1b2c3d>:6")
    html = report._repr_html_()
    assert f"error  {MISTAKE}  &lt;ipython-input-1-0a1b2c3d&gt;:6  (3 times)" in html
    assert "<i>fix: </i>pass the logits" in html
    assert html.endswith(
        "<b>crossent doctor: 1 error in 3 backward passes (0 steps of torch&#x27;s optimizers seen)</b></p>"
    )


def test_a_cell_that_fails_and_languages(magic: Any, capsys: pytest.CaptureFixture[str]) -> None:
    report = magic(" zh ", CELL + "1 / 0\n")
    assert (
        "脚本在 &lt;ipython-input-1-0a1b2c3d&gt;:8 因 ZeroDivisionError: division by zero 终止" in report._repr_html_()
    )
    assert magic("fr", CELL) is None
    assert capsys.readouterr().out == "%%crossent_doctor: expected one of en, zh, got 'fr'\n"

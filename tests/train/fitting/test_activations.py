"""A model that ends in probabilities is told about, once, and nothing else."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from torch import nn

from crossent.train.fitting import fit as fitting
from crossent.train.fitting.api import run
from crossent.train.report.findings import Report

from .test_loop import CPU, data


def said(tmp_path: Path, model: nn.Module, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> str:
    monkeypatch.setattr(fitting, "finish", lambda folder, task, *args, **kwargs: Report(task))
    console = Console(file=io.StringIO(), width=200)
    run(model, data(), out=tmp_path, epochs=2, **{**CPU, "console": console, **settings})
    assert not model._forward_hooks
    return console.file.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("last", "name"), [(nn.Softmax(1), "softmax"), (nn.Sigmoid(), "sigmoid"), (nn.Sequential(nn.Softmax(1)), "softmax")]
)
@pytest.mark.parametrize("settings", [{}, {"micro_batch_size": 3}])
def test_probabilities_are_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: nn.Module, name: str, settings: dict[str, Any]
) -> None:
    text = said(tmp_path, nn.Sequential(nn.Linear(4, 3), last), monkeypatch, **settings)
    assert text.count(f"! The model ends in a {name}, and the loss of a multiclass task applies its own") == 1


@pytest.mark.parametrize("last", [[], [nn.LogSoftmax(1)], [nn.Softmax(1), nn.Linear(3, 3)]])
def test_logits_are_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: list[nn.Module]) -> None:
    assert "The model ends" not in said(tmp_path, nn.Sequential(nn.Linear(4, 3), *last), monkeypatch)

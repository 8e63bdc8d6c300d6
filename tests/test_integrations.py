"""Callbacks of other trainers, with trainers that call their hooks as the real ones do (benchmarks/frameworks.py)."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

MISTAKE = "softmax-before-cross-entropy"


class Base:
    """A callback of somebody else's."""


@pytest.fixture
def hooks(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"lightning.pytorch.callbacks": "Callback", "transformers": "TrainerCallback"}
    for name, base in names.items():
        module = ModuleType(name)
        setattr(module, base, Base)
        monkeypatch.setitem(sys.modules, name, module)
        monkeypatch.delitem(sys.modules, f"crossent.integrations.{name.split('.')[0]}", raising=False)


def doctor(trainer: str, **settings: Any) -> Any:
    return import_module(f"crossent.integrations.{trainer}").Doctor(**settings)


def train() -> None:
    model = nn.Sequential(nn.Linear(5, 3), nn.Softmax(dim=1))
    for _ in range(3):
        F.cross_entropy(model(torch.randn(8, 5)), torch.arange(8) % 3).backward()


@pytest.mark.usefixtures("hooks")
def test_lightning(capsys: pytest.CaptureFixture[str]) -> None:
    callback = doctor("lightning")
    assert isinstance(callback, Base)
    assert callback.report is None
    for stage in ("validate", "fit"):
        callback.setup(None, None, stage)
        train()
        callback.teardown(None, None, stage)
    assert [finding.id for finding in callback.report.findings] == [MISTAKE]
    assert capsys.readouterr().err.count("crossent doctor:") == 1


@pytest.mark.usefixtures("hooks")
def test_lightning_after_an_exception(capsys: pytest.CaptureFixture[str]) -> None:
    callback = doctor("lightning", language="zh")
    callback.setup(None, None, "fit")
    train()
    callback.on_exception(None, None, KeyError("label"))
    callback.teardown(None, None, "fit")
    assert callback.report.crash.error == "KeyError: 'label'"
    assert capsys.readouterr().err.count("crossent doctor：") == 1


@pytest.mark.usefixtures("hooks")
def test_transformers_again_after_a_training_that_failed(capsys: pytest.CaptureFixture[str]) -> None:
    callback = doctor("transformers", show=False)
    assert isinstance(callback, Base)
    for ends in (False, True):
        callback.on_train_begin(None, None, None, model=None)
        train()
        if ends:
            callback.on_train_end(None, None, None, model=None)
    assert [finding.id for finding in callback.report.findings] == [MISTAKE]
    assert capsys.readouterr().err == ""

"""The parts of a training, before its first step."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from rich.console import Console
from torch import nn
from torch.nn.parameter import is_lazy

from crossent.train import fit
from crossent.train.config.fit import FitConfig
from crossent.train.config.groups import StopConfig
from crossent.train.data import DataConfig, load
from crossent.train.data.dataset import Dataset
from crossent.train.evaluation.passes import quick
from crossent.train.fitting import preparing
from crossent.train.runtime.device import Engine, start_fabric

from .. import sources


@pytest.mark.parametrize("model", [None, nn.Sequential(nn.EmbeddingBag(20_000, 4), nn.LazyLinear(3))])
def test_a_model_is_made_from_data_that_are_not_on_the_device_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: nn.Module | None
) -> None:
    def placed(data: Dataset, device: torch.device) -> Dataset:
        # Values on this device cannot be looked at, and nothing on it goes together with a model that stands elsewhere.
        return data.to(torch.device("meta"))

    monkeypatch.setattr(preparing, "_placed", placed)
    source = DataConfig(str(sources.reviews(tmp_path / "reviews.csv")), text="review", drop="id")
    config = FitConfig(data=source, accelerator="cpu")
    data = load(source)
    made = preparing.prepare(preparing.named(config, data.schema), Engine(start_fabric(config)), data, model)
    assert not any(is_lazy(parameter) for parameter in made.bare.parameters())
    assert isinstance(made.val.targets, torch.Tensor)
    assert made.val.targets.is_meta


@pytest.mark.parametrize("stop", [StopConfig(), StopConfig(min_delta=0.5), StopConfig(monitor="val_accuracy")])
def test_texts_that_begin_at_a_minimum_wait_for_a_hundredth_of_its_loss(tmp_path: Path, stop: StopConfig) -> None:
    source = DataConfig(str(sources.reviews(tmp_path / "reviews.csv")), text="review", drop="id", tokenizer="ngrams")
    config = FitConfig(data=source, accelerator="cpu", stop=stop)
    data = load(source)
    made = preparing.prepare(preparing.named(config, data.schema), Engine(start_fabric(config)), data, None)
    if stop == StopConfig():
        first = quick(made.task, made.model, made.val, 64).loss
        assert made.stopping.config.min_delta == pytest.approx(first / 100, rel=0.34)
        assert made.config.stop == made.stopping.config
    else:
        assert made.stopping.config == stop


def test_texts_that_are_told_apart_are_not_learnt_for_ever(tmp_path: Path) -> None:
    # The loss of a linear model that is right everywhere falls with every step.
    rows = [f"{('bad poor', 'good fine')[row % 2]} film {row},{('no', 'yes')[row % 2]}" for row in range(120)]
    source = tmp_path / "reviews.csv"
    source.write_text("\n".join(["review,label", *rows]), encoding="utf-8")
    run = fit(
        data=str(source), text="review", out=str(tmp_path / "runs"), console=Console(quiet=True), accelerator="cpu"
    )
    assert len(run.history) < 40
    assert run.config.stop.min_delta > 0

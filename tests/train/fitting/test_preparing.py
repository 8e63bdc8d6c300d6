"""The parts of a training, before its first step."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn.parameter import is_lazy

from crossent.train.config.fit import FitConfig
from crossent.train.data import DataConfig, load
from crossent.train.data.dataset import Dataset
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

"""Models of one's own: called by the names in the samples, and lazy ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from crossent.train import fit, load_run
from crossent.train.errors import ModelError

from .test_api import QUIET, X


class Samples(Dataset[Any]):
    """Inputs that a model must not mix up, under the names of its arguments, in another order."""

    def __len__(self) -> int:
        return len(X)

    def __getitem__(self, row: int) -> dict[str, Any]:
        return {"scale": torch.tensor(0.0), "values": X[row], "label": int(X[row, 0] > 0)}


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.LazyLinear(2)

    def forward(self, values: Tensor, scale: Tensor) -> dict[str, Tensor]:
        return {"logits": self.layer(values + scale[:, None])}


def test_a_lazy_model_is_called_by_name(tmp_path: Path) -> None:
    run = fit(Net(), Samples(), out=tmp_path, epochs=30, lr=0.05, logger="none", console=QUIET)
    assert run.history[-1]["val_accuracy"] > 0.8
    assert run.schema.arguments == ("scale", "values")
    again = load_run(run.folder, model=Net())
    assert torch.equal(again.predict(Samples()).prediction, run.predict(Samples()).prediction)


def test_a_model_without_these_arguments(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        fit(nn.Linear(4, 2), Samples(), out=tmp_path, logger="none", console=QUIET)
    assert str(caught.value) == (
        "the samples hold scale, values, but the model's forward takes input: name its arguments so, or leave scale, "
        "values out of the samples"
    )

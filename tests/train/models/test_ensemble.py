"""The ensemble for tables: numbers in pieces, members that are trained by themselves and asked together."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from crossent.train import load_run
from crossent.train.data import DataConfig, load
from crossent.train.data.numeric import cuts
from crossent.train.models.building import build
from crossent.train.models.ensemble import Ensemble, Pieces
from crossent.train.tasks.base import Task
from crossent.train.tasks.binary import Binary
from crossent.train.tasks.multiclass import Multiclass
from crossent.train.tasks.multilabel import Multilabel

from .. import sources
from ..runs import trained


def test_between_cuts_and_beyond_them_a_number_is_read_in_straight_lines() -> None:
    torch.manual_seed(0)
    pieces = Pieces([(-1.0, 0.0, 2.0), (), (0.0, 1.0)], 4)
    nn.init.normal_(pieces.weight)
    x = torch.linspace(-4, 6, 201)
    read = pieces(x[:, None].expand(-1, 3)).transpose(0, 1).double()
    bends = read.diff(n=2, dim=0).abs().amax(2) > 1e-4
    # Only inner cuts bend; the ends go on, and a column without cuts is one line.
    assert [x[1:-1][bent].tolist() for bent in bends.T] == [[pytest.approx(0.0, abs=1e-5)], [], []]
    at = read[(x - 1).abs().argmin(), 0]
    plain = pieces.slope[0] + pieces.bias[0] + pieces.weight[0, 0] + 0.5 * pieces.weight[0, 1]
    torch.testing.assert_close(at, plain.double())


@pytest.mark.parametrize("task", [Multiclass(tuple("abcd")), Multilabel(tuple("abcd")), Binary(("no", "yes"))])
def test_a_prediction_is_the_mean_of_the_members_probabilities(task: Task) -> None:
    torch.manual_seed(0)
    model = Ensemble(3, task.outputs, members=5).eval()
    x = torch.randn(7, 3)
    members = model(x).each
    assert members.shape == (5, 7, task.outputs)
    mean = torch.stack([task.probabilities(task.shaped(each)) for each in members]).mean(0)
    torch.testing.assert_close(task.probabilities(task.logits(model, x)), mean)
    assert task.logits(model, 1e4 * x).isfinite().all()


def test_an_unknown_category_begins_as_none_of_the_others() -> None:
    small, large = Ensemble(0, 2, categories=(4, 300)).embeddings
    assert small.weight.tolist() == [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert large.weight.shape == (300, 50)
    assert not large.weight[0].any()
    assert Ensemble(0, 2, categories=(1,))(torch.zeros(3, 1, dtype=torch.int64)).each.shape == (16, 3, 2)


def test_cuts_are_the_different_quantiles_as_the_model_reads_them() -> None:
    data = load(DataConfig("breast_cancer"))
    x, column = data.train.inputs.tensors[0][:, 0], data.schema.numbers[0]
    own = cuts([column])[0]
    assert (own[0], own[-1]) == (pytest.approx(x.min().item()), pytest.approx(x.max().item()))
    assert len(own) == 21
    assert sorted(own) == list(own)
    assert build("ensemble", data.schema).pieces.begins[0].tolist() == pytest.approx(own[:-1])


@pytest.mark.parametrize("task", ["binary", "multilabel"])
def test_a_run_is_read_back_and_exported(tmp_path: Path, task: str) -> None:
    config = DataConfig("breast_cancer")
    if task == "multilabel":
        config = DataConfig(str(sources.tags(tmp_path / "tags.csv")), delimiter="|")
    run = trained(tmp_path / "run", config, epochs=3)
    assert type(run.model).__name__ == "Ensemble"
    again = load_run(run.folder)
    assert again.evaluate().figures == run.metrics["scores"]["figures"]
    assert again.metrics["baseline"]["value"] > 0.5
    for name in ("model.onnx", "model.pt2"):
        assert again.export(tmp_path / name).exists()

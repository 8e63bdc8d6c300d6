"""Checkpoints and what is in them: states of any shape, tied weights, nothing executable."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_model
from torch import nn

from crossent.train.runtime.distributed import World
from crossent.train.state.checkpoint import CheckpointError, Checkpoints
from crossent.train.state.history import History, Row
from crossent.train.state.packing import load_model_tensors, load_optimizer, model_tensors, pack, unpack
from crossent.train.state.rng import rng_kept, rng_state, seed_all, set_rng_state


class Tied(nn.Module):
    def __init__(self, width: int = 3) -> None:
        super().__init__()
        self.embedding = nn.Embedding(5, width)
        self.head = nn.Linear(width, 5, bias=False)
        self.head.weight = self.embedding.weight
        self.register_buffer("table", torch.arange(6.0).view(2, 3).T)
        self.register_buffer("row", self.table[0])


def test_a_state_is_itself_again() -> None:
    state: dict[str, Any] = {
        "numbers": [1, 2.5, 1e-300, float("inf"), None, True, "x"],
        "nested": {"a": (torch.zeros(()), [torch.ones(2, dtype=torch.uint8)]), 3: {"b": torch.tensor([1 + 0.1])}},
        "empty": {},
    }
    skeleton, tensors = pack(state)
    again = unpack(skeleton, tensors)
    assert again["numbers"] == state["numbers"]
    assert torch.equal(again["nested"][3]["b"], state["nested"][3]["b"])
    assert isinstance(again["nested"]["a"], tuple)
    assert again["empty"] == {}


def test_tied_weights_are_stored_once_and_come_back_tied(tmp_path: Path) -> None:
    model = Tied()
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save_best(model_tensors(model), {"step": 1})
    stored = checkpoints.load_best()
    assert stored is not None
    assert sorted(stored.model) == ["embedding.weight", "row", "table"]
    other = Tied()
    load_model_tensors(other, stored.model)
    assert torch.equal(other.head.weight, model.head.weight)
    assert other.head.weight is other.embedding.weight
    assert torch.equal(other.table, model.table)


def test_the_weights_are_a_plain_safetensors_file(tmp_path: Path) -> None:
    model, other = (nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3)) for _ in range(2))
    Checkpoints(tmp_path).save_best(model_tensors(model), {"step": 1})
    load_model(other, tmp_path / "best" / "model.safetensors")
    assert torch.equal(other[0].weight, model[0].weight)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (Tied(4), r"another model: embedding.weight is \(5, 3\) in the file and \(5, 4\) in the model"),
        (nn.Linear(2, 2), r"another model: without bias, weight, with embedding.weight, row, table"),
    ],
)
def test_weights_of_another_model_are_refused(other: nn.Module, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load_model_tensors(other, model_tensors(Tied()))


@pytest.mark.parametrize("kind", [torch.optim.SGD, torch.optim.AdamW])
def test_an_optimizer_goes_on_as_it_was(tmp_path: Path, kind: Any) -> None:
    options = {"lr": 0.1, "momentum": 0.9} if kind is torch.optim.SGD else {"lr": 0.1, "amsgrad": True}

    def step(model: nn.Module, optimizer: Any) -> None:
        optimizer.zero_grad()
        model(torch.ones(3, 4)).square().sum().backward()
        optimizer.step()

    torch.manual_seed(0)
    model = nn.Linear(4, 2)
    optimizer = kind(model.parameters(), **options)
    step(model, optimizer)
    Checkpoints(tmp_path).save_last(model_tensors(model), {"optimizer": optimizer.state_dict()})
    stored, _ = Checkpoints(tmp_path).load_last()
    assert stored is not None
    again = nn.Linear(4, 2)
    resumed = kind(again.parameters(), **options)
    load_model_tensors(again, stored.model)
    load_optimizer(resumed, stored.state["optimizer"])
    for _ in range(3):
        step(model, optimizer)
        step(again, resumed)
    assert torch.equal(model.weight, again.weight)


def test_the_one_before_is_kept_and_files_are_open_to_all_readers(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    assert checkpoints.load_last() == (None, "")
    for step in range(3):
        checkpoints.save_last({"w": torch.tensor([float(step)])}, {"step": step})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["last", "previous"]
    assert checkpoints.load_last()[0].state == {"step": 2}
    umask = os.umask(0)
    os.umask(umask)
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "last").iterdir()}
    assert modes == {0o666 & ~umask}


def test_best_survives_between_the_two_renames(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save_best({"w": torch.ones(1)}, {"step": 1})
    os.rename(tmp_path / "best", tmp_path / ".best.old")
    checkpoints.recover()
    assert checkpoints.load_best().state == {"step": 1}


def test_a_checkpoint_is_never_pickle(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    with pytest.raises(TypeError, match="not JSON serializable"):
        checkpoints.save_last({"w": torch.ones(1)}, {"model": nn.Linear(1, 1)})
    (tmp_path / "last").mkdir()
    (tmp_path / "last" / "state.json").write_bytes(b"\x80\x04\x95")
    with pytest.raises(CheckpointError, match="cannot be read"):
        checkpoints.load_last()


def draws() -> tuple[Any, ...]:
    import random

    return torch.rand(2).tolist(), random.random(), np.random.random()  # noqa: NPY002


def test_every_generator_is_seeded_kept_and_put_back() -> None:
    seed_all(3)
    skeleton, tensors = pack(rng_state())
    first = draws()
    seed_all(3)
    assert draws() == first
    set_rng_state(unpack(skeleton, tensors))
    with rng_kept():
        assert draws() == first
    assert draws() == first
    assert draws() != first


def test_a_history_is_read_back_to_the_last_digit(tmp_path: Path) -> None:
    rows = [
        Row(5 * n, n / 3, {"train_loss": 0.1 / n, "val_loss": float("nan")}, 1e-5 / n, 0.5, n == 2) for n in (1, 2, 3)
    ]
    history = History(tmp_path / "history.csv")
    for row in rows:
        history.add(row)
    again = History(tmp_path / "history.csv")
    again.read_back(2, World())
    assert [repr(row) for row in again.rows] == [repr(row) for row in rows[:2]]
    again.read_back(0, World())
    assert again.rows == []

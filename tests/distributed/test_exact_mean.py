"""docs/exact-mean.md: two processes with uneven label counts end where one with all rows ends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
import torch.nn.functional as F
from torch import Tensor, nn
from torch.distributed.fsdp import fully_shard
from torch.nn.parallel import DistributedDataParallel

import crossent

PAGE = Path(__file__).parent.parent.parent / "docs" / "exact-mean.md"
RANKS, MICRO_BATCHES, ROWS, STEPS = 2, 2, 8, 3
STEP = RANKS * MICRO_BATCHES * ROWS


def recipe(word: str) -> str:
    """The block of the page in which this word stands."""
    found = re.findall(r"^```py\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return next(block for block in found if word in block)


def data() -> tuple[Tensor, Tensor]:
    """Features and labels; rank 0 has most of the labels that count, if batches are dealt and if single rows are."""
    noise = torch.Generator().manual_seed(0)
    x = torch.randn(STEP * STEPS, 5, generator=noise, dtype=torch.float64)
    row = torch.arange(len(x))
    many = (row % 2 == 0) & (row // ROWS % 2 == 0)
    counts = (torch.rand(len(x), generator=noise) < torch.where(many, 0.95, 0.1)) | (row % 16 == 9)
    return x, torch.where(counts, torch.randint(3, (len(x),), generator=noise), -100)


def network() -> nn.Sequential:
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 3)).double()


def sgd(model: nn.Module) -> torch.optim.SGD:
    return torch.optim.SGD(model.parameters(), 0.5)


def flat(model: nn.Module) -> Tensor:
    """All weights in one vector."""
    whole = [p.full_tensor() if hasattr(p, "full_tensor") else p for p in model.parameters()]
    return torch.cat([p.detach().flatten() for p in whole])


def alone() -> Tensor:
    """The weights after a training by one process, whose batches are whole steps."""
    model, (x, y) = network(), data()
    optimizer = sgd(model)
    for inputs, labels in zip(x.split(STEP), y.split(STEP), strict=True):
        optimizer.zero_grad()
        F.cross_entropy(model(inputs), labels).backward()
        optimizer.step()
    return flat(model)


def windows(rank: int) -> Iterator[list[tuple[Tensor, Tensor]]]:
    """The micro-batches of a rank, every second row, step by step."""
    x, y = (part[rank::RANKS] for part in data())
    for inputs, labels in zip(x.split(STEP // RANKS), y.split(STEP // RANKS), strict=True):
        yield list(zip(inputs.split(ROWS), labels.split(ROWS), strict=True))


USUAL = """
for window in windows:
    for x, y in window:
        (F.cross_entropy(model(x), y) / len(window)).backward()
    optimizer.step()
    optimizer.zero_grad()
"""
WRAPPERS = {"DDP": DistributedDataParallel, "FSDP2": fully_shard}


def train(rank: int, folder: str) -> None:
    dist.init_process_group("gloo", init_method=f"file://{folder}/store", rank=rank, world_size=RANKS)
    ends = {}
    for name, wrap in WRAPPERS.items():
        for kind, code in (("usual", USUAL), ("exact", recipe("dist.group.WORLD"))):
            model = network()
            wrapped = wrap(model)
            known: dict[str, Any] = {"torch": torch, "F": F, "crossent": crossent}
            exec(code, known | {"model": wrapped, "optimizer": sgd(wrapped), "windows": windows(rank)})
            ends[name, kind] = flat(model)
    torch.save(ends, f"{folder}/{rank}.pt")
    dist.destroy_process_group()


def off(weights: Tensor) -> float:
    """How far these weights are from those of one process, as a part of the way that those have gone."""
    right = alone()
    return ((weights - right).norm() / (right - flat(network())).norm()).item()


def test_two_ranks_end_where_one_does(tmp_path: Path) -> None:
    mp.spawn(train, (str(tmp_path),), nprocs=RANKS)
    for rank in range(RANKS):
        ends = torch.load(tmp_path / f"{rank}.pt", weights_only=True)
        for name in WRAPPERS:
            assert off(ends[name, "exact"]) < 1e-12
            # The labels are so uneven that it matters.
            assert off(ends[name, "usual"]) > 0.1

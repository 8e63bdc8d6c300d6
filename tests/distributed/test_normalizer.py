"""The exact mean over ranks: two processes with lopsided targets give the gradient of one."""

from __future__ import annotations

from pathlib import Path

import torch
import torch.distributed as dist
import torch.multiprocessing as mp

import crossent.functional as X

WEIGHT = [1.0, 4.0]
# Rank 0 holds a hundred targets that count, rank 1 a single one: a mean of means would be off by a factor of 50.
TARGET = torch.cat([torch.arange(100) % 2, torch.tensor([1]), torch.full((99,), -100)])


def logits() -> torch.Tensor:
    return torch.randn(200, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64).requires_grad_()


def run(rank: int, folder: str) -> None:
    dist.init_process_group("gloo", init_method=f"file://{folder}/store", rank=rank, world_size=2)
    z, own = logits(), slice(rank * 100, rank * 100 + 100)
    divisor = X.normalizer(TARGET[own], WEIGHT, group=dist.group.WORLD)
    X.cross_entropy(z[own], TARGET[own], WEIGHT, normalizer=divisor).backward()
    torch.save((divisor, z.grad), f"{folder}/{rank}.pt")
    dist.destroy_process_group()


def test_two_ranks_equal_one(tmp_path: Path) -> None:
    mp.spawn(run, args=(str(tmp_path),), nprocs=2)
    (first, grad0), (second, grad1) = (torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in range(2))
    whole = logits()
    X.cross_entropy(whole, TARGET, WEIGHT).backward()
    assert first == second == X.normalizer(TARGET, WEIGHT)
    torch.testing.assert_close(grad0 + grad1, whole.grad, rtol=1e-12, atol=1e-15)

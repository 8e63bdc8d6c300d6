"""A linear head wrapped by DDP or by FSDP2 on two processes steps to the weights of one process."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import nn

import crossent
import crossent.functional as X

FEATURES, CLASSES, ROWS = 6, 10, 12


class Model(nn.Module):
    """A trunk and a head that is its own loss."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.trunk = nn.Linear(FEATURES, FEATURES, dtype=torch.float64)
        self.head = crossent.LinearCrossEntropyLoss(
            FEATURES, CLASSES, bias=True, dtype=torch.float64, options=crossent.LinearOptions(rows=5)
        )

    def forward(self, x: torch.Tensor, y: torch.Tensor, normalizer: torch.Tensor) -> torch.Tensor:
        self.head.normalizer = normalizer
        return self.head(self.trunk(x).tanh(), y)


def data() -> tuple[torch.Tensor, torch.Tensor]:
    noise = torch.Generator().manual_seed(1)
    x = torch.randn(ROWS, FEATURES, generator=noise, dtype=torch.float64)
    y = torch.randint(CLASSES, (ROWS,), generator=noise)
    y[7:] = -100
    return x, y


def train(model: nn.Module, x: torch.Tensor, y: torch.Tensor, ranks: int) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    for _ in range(3):
        optimizer.zero_grad()
        # The ranks' gradients are averaged: the number of ranks makes a sum of it.
        divisor = X.normalizer(y, group=dist.group.WORLD if ranks > 1 else None) / ranks
        model(x, y, divisor).backward()
        optimizer.step()


def run(rank: int, folder: str, wrapper: str) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/store", rank=rank, world_size=2)
    model, (x, y), own = Model(), data(), slice(rank * 6, rank * 6 + 6)
    if wrapper == "ddp":
        wrapped: nn.Module = nn.parallel.DistributedDataParallel(model)
    else:
        from torch.distributed.fsdp import fully_shard

        mesh = dist.device_mesh.init_device_mesh("cpu", (2,))
        fully_shard(model.head, mesh=mesh)
        wrapped = fully_shard(model, mesh=mesh)
    train(wrapped, x[own], y[own], 2)
    state = {name: getattr(p, "full_tensor", lambda p=p: p)().detach() for name, p in model.named_parameters()}
    torch.save(state, f"{folder}/{rank}.pt")
    # A rank that leaves first would take its connections with it.
    dist.barrier()
    dist.destroy_process_group()


@pytest.mark.parametrize("wrapper", ["ddp", "fsdp2"])
def test_two_ranks_step_as_one(wrapper: str, tmp_path: Path) -> None:
    """Six targets that count on one rank and one on the other, three steps: the same weights."""
    mp.spawn(run, args=(str(tmp_path), wrapper), nprocs=2)
    alone = Model()
    train(alone, *data(), 1)
    for rank in range(2):
        state = torch.load(tmp_path / f"{rank}.pt", weights_only=True)
        for name, parameter in alone.named_parameters():
            torch.testing.assert_close(state[name], parameter.detach(), rtol=1e-10, atol=1e-12)

"""Talk between the ranks of a process group: who has which classes, and the states of their positions."""

from __future__ import annotations

import math
import zlib
from typing import Any, NamedTuple

import torch
import torch.distributed as dist
from torch import Tensor

from ..core.target import Target

# Its name since torch 2.13, and the one before.
_all_gather = getattr(dist, "all_gather_single", None) or dist.all_gather_into_tensor


class Call(NamedTuple):
    """The arguments of one rank."""

    width: int  # the classes of its own
    positions: tuple[int, ...]
    target: Target
    weight: Tensor | None  # (width,)
    factor: Tensor | None  # one per position
    options: str  # all that must be the same everywhere
    rows: int = 1  # of a block, as far as this rank is concerned


class Ranks(NamedTuple):
    """The group, and how the classes are split over it."""

    group: Any
    rank: int  # this one's number
    widths: list[int]
    rows: int  # of a block: the fewest that any rank wants

    @property
    def width(self) -> int:
        """The number of classes of this rank."""
        return self.widths[self.rank]

    @property
    def first(self) -> int:
        """The number of its first class."""
        return sum(self.widths[: self.rank])

    @property
    def classes(self) -> int:
        """The number of all classes."""
        return sum(self.widths)

    def gathered(self, state: Tensor) -> Tensor:
        """The states of all ranks, (R, *state.shape).

        One round for all of it: reducing would take two, for sums can only be formed after the maximum is known, and
        what is gathered is a few numbers per position, beside which the logits of a rank are thousands.
        """
        every = state.new_empty((len(self.widths), *state.shape))
        _all_gather(every.view(-1), state.contiguous().view(-1), group=self.group)
        return every

    def summed(self, tensor: Tensor) -> Tensor:
        """The sum over the ranks, formed in float32 or wider, of the dtype of the tensor."""
        wide = tensor.to(torch.promote_types(tensor.dtype, torch.float32), copy=True)
        dist.all_reduce(wide, group=self.group)
        return wide.to(tensor.dtype)


def meet(call: Call, group: Any) -> Ranks:
    """Compare the calls of all ranks: widths may differ, nothing else may.

    The message has one size whatever the tensors are, so that ranks that disagree get an error, each the same, and do
    not wait for each other. The host waits for it, on a GPU too.
    """
    device = call.target.values.device
    numbers = call.width, call.rows, zlib.crc32(call.options.encode()), math.prod(call.positions)
    parts = torch.stack([_digest(tensor, device) for tensor in call.target])
    target = (parts * torch.tensor((1, 3, 5), device=device)).sum()
    mine = torch.stack((*torch.tensor(numbers, device=device), target, _digest(call.factor, device)))
    every = mine.new_empty(dist.get_world_size(group) * len(mine))
    _all_gather(every, mine, group=group)
    widths, rows, *same = every.view(-1, len(mine)).t().tolist()
    _require_same(call, *same)
    return Ranks(group, dist.get_rank(group), widths, min(rows))


def _require_same(call: Call, options: list[int], counts: list[int], labels: list[int], factors: list[int]) -> None:
    if (rank := _other(counts)) is not None:
        raise RuntimeError(
            f"the ranks of the group hold different numbers of positions: {counts[0]} on rank 0, {counts[rank]} on "
            f"rank {rank}. Only classes are split: pass the same rows and the same target on every rank."
        )
    if (rank := _other(options)) is not None:
        raise RuntimeError(
            f"rank {rank} of the group computes another loss than rank 0; here it is {call.options}. "
            "Pass the same options and dtypes on every rank."
        )
    for name, digests in (("target", labels), ("sample_weight", factors)):
        if (rank := _other(digests)) is not None:
            raise RuntimeError(
                f"{name} of rank {rank} is not that of rank 0 of the group: every rank needs the same. "
                f"Write torch.distributed.broadcast({name}, group_src=0, group=group) before the loss."
            )


def _other(values: list[int]) -> int | None:
    """The first rank whose value is not that of rank 0."""
    return next((rank for rank, value in enumerate(values) if value != values[0]), None)


def _digest(tensor: Tensor | None, device: torch.device) -> Tensor:
    """0-d int64 that tells tensors of other values or another order apart."""
    if tensor is None:
        return torch.zeros((), dtype=torch.int64, device=device)
    values = tensor.detach().contiguous()
    values = values.double().view(torch.int64) if values.is_floating_point() else values.long()
    # Odd factors that differ in all their bits; sums and products wrap.
    factors = torch.arange(1, values.numel() + 1, device=values.device) * 0x9E3779B97F4A7C1 | 1
    return (values.flatten() * factors).sum()

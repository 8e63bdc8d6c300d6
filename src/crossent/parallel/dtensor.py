"""The cross entropy of a `DTensor` of logits: whole on every rank, or split by classes along one axis of its mesh."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.distributed.tensor import DTensor, Replicate, Shard

from .cross_entropy import cross_entropy

# What only a loss of whole logits has.
_WHOLE = ("return_stats", "inplace_backward")


def distributed_cross_entropy(
    whole: Callable[..., Any],
    input: Tensor,
    target: Tensor | tuple[Tensor, ...],
    weight: Any = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
    *,
    dim: int = 1,
    **options: Any,
) -> Tensor | None:
    """The loss, whole on every rank; None if it is torch's to compute. `whole` is the loss of plain tensors."""
    if not isinstance(input, DTensor) or size_average is not None or reduce is not None:
        return None
    axis = dim % input.dim() if input.dim() > 1 else 0
    mesh, placements = input.device_mesh, input.placements
    split = [place for place, placement in enumerate(placements) if not isinstance(placement, Replicate)]
    kind = placements[split[0]] if len(split) == 1 else None
    # Of a kind of its own are parts of parts, which do not stand in the order of the ranks.
    by_classes = type(kind) is Shard and kind.dim == axis
    labelled = isinstance(target, tuple) or (isinstance(target, Tensor) and target.shape != input.shape)
    if any(map(options.get, _WHOLE)) or (split and not (by_classes and labelled)):
        return None
    given = {
        "ignore_index": ignore_index, "reduction": reduction, "label_smoothing": label_smoothing, "dim": dim,
        **{name: _local(value) for name, value in options.items() if name not in _WHOLE},
    }  # fmt: skip
    if split:
        group = mesh.get_group(split[0])
        mine = _part(_local(weight), mesh.size(split[0]), mesh.get_local_rank(split[0]))
        loss: Any = cross_entropy(input.to_local(), _local(target), mine, group=group, **given)
    else:
        loss = whole(input.to_local(), _local(target), _local(weight), **given)
    return DTensor.from_local(loss, mesh, [Replicate()] * mesh.ndim, run_check=False)


def _local(value: Any) -> Any:
    """A tensor that every rank has whole, or a tuple of them."""
    if isinstance(value, tuple):
        return tuple(map(_local, value))
    return value.full_tensor() if isinstance(value, DTensor) else value


def _part(weight: Any, ranks: int, rank: int) -> Any:
    """The weights of the classes that a DTensor split over so many ranks has on this one."""
    if weight is None:
        return None
    parts = torch.as_tensor(weight).chunk(ranks)
    return parts[rank] if rank < len(parts) else parts[0][:0]

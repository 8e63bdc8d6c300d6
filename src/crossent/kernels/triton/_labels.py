"""Sums over positions, finished by one program; labels out of range, reported without waiting for the device."""

from __future__ import annotations

import torch
from torch import Tensor

from .. import pending
from ._call import cdiv, labels, launch
from ._finish import count_kernel, finish_kernel

_BLOCK = 1024


class Sums:
    """Partial sums of `programs` programs: (2, programs) losses and weights, and the first stray label of each."""

    def __init__(self, programs: int, device: torch.device, bad_labels: bool) -> None:
        self.programs = programs
        self.values = torch.empty((2, programs), dtype=torch.float32, device=device)
        self.bad_labels = torch.empty(programs, dtype=torch.int64, device=device) if bad_labels else None

    def finish(
        self,
        target: Tensor | None,  # labels
        classes: int,
        ignore_index: int,
        positions: tuple[int, ...],
        *,
        loss: Tensor | None,  # () out
        total: Tensor,  # () out if `weigh` or `known`, else what a mean divides by
        weigh: bool,
        mean: bool = False,
        known: int | None = None,
    ) -> None:
        """Add them up: the total of the weights (`weigh`, or as it is `known`), and the sum or mean of the losses."""
        record, number, ticket = None, 0, 0
        if self.bad_labels is not None and target is not None:
            record, number = pending.record(target.device), target.numel()
            ticket = pending.ticket(positions, classes)
        launch(
            finish_kernel, (1,), self.values.device, self.values, self.bad_labels, self.programs, loss, total, known,
            record, target, number, classes, ignore_index, ticket,
            LOSS=loss is not None, WEIGHT=weigh, MEAN=mean, BLOCK=_BLOCK // 2, warps=4,
        )  # fmt: skip


def count(
    target: Tensor, weight: Tensor | None, classes: int, ignore_index: int, positions: tuple[int, ...], total: Tensor
) -> None:
    """Fill `total` with the weight of the labels that count; bad ones go on record."""
    target = labels(target)
    sums = Sums(cdiv(target.numel(), _BLOCK), target.device, True)
    launch(
        count_kernel, (sums.programs,), target.device, target, weight, sums.values, sums.bad_labels, target.numel(),
        ignore_index, CLASSES=classes, BLOCK=_BLOCK, warps=4,
    )  # fmt: skip
    sums.finish(target, classes, ignore_index, positions, loss=None, total=total, weigh=True)

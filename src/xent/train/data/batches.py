"""Batches as rows of whole tensors: one indexing per batch, no worker, no collating of single samples."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from .labelled import LabelledImages


def epoch_seed(seed: int, epoch: int) -> int:
    """A seed for one epoch, which needs no memory of the epochs before it."""
    return seed * 2**24 + epoch


def shuffled_batches(data: LabelledImages, batch_size: int, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Every image once, in the order of the seed; the last batch may be smaller."""
    # Drawn on the CPU: one seed gives one order on every device.
    order = torch.randperm(len(data), generator=torch.Generator().manual_seed(seed)).to(data.labels.device)
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        yield data.images[rows], data.labels[rows]


def ordered_batches(data: LabelledImages, batch_size: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Every image once, in the order of the data."""
    for start in range(0, len(data), batch_size):
        yield data.images[start : start + batch_size], data.labels[start : start + batch_size]


def batch_count(data: LabelledImages, batch_size: int) -> int:
    """How many batches either of them gives."""
    return -(-len(data) // batch_size)

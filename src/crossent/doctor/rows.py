"""The rows that a loader reads, told without reading one."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

from torch.utils.data import Subset, SubsetRandomSampler, TensorDataset

# Indices of more rows are not compared.
_MOST = 10_000_000


class Rows:
    """The rows that a loader reads: of a dataset, through the indices of subsets and of a sampler."""

    def __init__(self, loader: Any) -> None:
        self.loader = _reference(loader)
        chain: list[Sequence[int]] = []
        sampler = getattr(loader, "sampler", None)
        if isinstance(sampler, SubsetRandomSampler):
            chain.append(sampler.indices)
        dataset = getattr(loader, "dataset", None)
        while isinstance(dataset, Subset):
            chain.append(dataset.indices)
            dataset = dataset.dataset
        self._chain = chain
        self._base = _reference(dataset)
        self._numbers: frozenset[int] | None = None

    def base(self) -> Any:
        """The dataset behind all subsets, None if it is gone."""
        return self._base()

    @property
    def chosen(self) -> bool:
        """True for a part of the dataset, as far as the loader says."""
        return bool(self._chain)

    def share_in(self, other: Rows) -> float | None:
        """The share of these rows that are rows of the other, too; None where that cannot be told."""
        mine, others = self._base(), other._base()
        if mine is None or others is None:
            return None
        if mine is not others:
            return _share_of_memory(mine, others) if not (self._chain or other._chain) else None
        if not other._chain:
            return 1.0
        own, theirs = self._rows(mine), other._rows(others)
        return len(own & theirs) / len(own) if own and theirs else None

    def _rows(self, base: Any) -> frozenset[int]:
        if self._numbers is None:
            # A sampler's or the outermost subset's numbers are places in the next one's.
            if not self._chain:
                self._numbers = frozenset(range(min(len(base), _MOST)))
            elif len(self._chain[0]) > _MOST:
                self._numbers = frozenset()
            else:
                numbers = [int(number) for number in self._chain[0]]
                for indices in self._chain[1:]:
                    numbers = [int(indices[number]) for number in numbers]
                self._numbers = frozenset(numbers)
        return self._numbers


def _reference(thing: Any) -> Any:
    try:
        return weakref.ref(thing)
    except TypeError:
        # A list, say: of those, nothing is known.
        return lambda: None


def _share_of_memory(mine: Any, others: Any) -> float | None:
    """The share of the rows of a TensorDataset that lie in the memory of another one."""
    if not (isinstance(mine, TensorDataset) and isinstance(others, TensorDataset)):
        return None
    own, theirs = mine.tensors[0], others.tensors[0]
    if own.untyped_storage().data_ptr() != theirs.untyped_storage().data_ptr() or not len(own) or not len(theirs):
        return None
    step = own.stride(0)
    if own.shape[1:] != theirs.shape[1:] or own.stride() != theirs.stride() or not step:
        return None
    begin, other_begin = own.storage_offset() / step, theirs.storage_offset() / step
    both = min(begin + len(own), other_begin + len(theirs)) - max(begin, other_begin)
    return max(both, 0.0) / len(own)

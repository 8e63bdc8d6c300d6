"""The inputs of a model, row by row: tensors in memory, or files that are read when they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Batch = Tensor | tuple[Tensor, ...]


class Inputs(Protocol):
    """N inputs. `lazy`: a batch is read from disk, so it pays to ask for it ahead of time."""

    lazy: bool

    def __len__(self) -> int: ...

    def take(self, rows: Tensor) -> Batch:
        """The batch of these rows, ready for the model."""

    def subset(self, rows: Tensor) -> Inputs:
        """These rows alone, in this order."""

    def to(self, device: torch.device) -> Inputs:
        """Held on the device, where they are tensors in memory."""


class JoinedInputs:
    """Several inputs side by side, such as the columns and the texts of a table: a batch is that of each."""

    lazy = False

    def __init__(self, *parts: Inputs) -> None:
        self.parts = parts

    def __len__(self) -> int:
        return len(self.parts[0])

    def take(self, rows: Tensor) -> Batch:
        batches = (part.take(rows) for part in self.parts)
        return tuple(x for batch in batches for x in (batch if isinstance(batch, tuple) else (batch,)))

    def subset(self, rows: Tensor) -> JoinedInputs:
        return JoinedInputs(*(part.subset(rows) for part in self.parts))

    def to(self, device: torch.device) -> JoinedInputs:
        return JoinedInputs(*(part.to(device) for part in self.parts))


def chained(first: Inputs, second: Inputs) -> Inputs:
    """The rows of one and then those of the other, which are in memory and read alike."""
    if isinstance(first, JoinedInputs) and isinstance(second, JoinedInputs):
        return JoinedInputs(*map(chained, first.parts, second.parts))
    if isinstance(first, TokenInputs) and isinstance(second, TokenInputs):
        ends = torch.cat([first.ends, second.ends[1:] + first.ends[-1]])
        return TokenInputs(torch.cat([first.tokens, second.tokens]), ends, first.padding)
    assert isinstance(first, TensorInputs), "read from disk"
    assert isinstance(second, TensorInputs), "read from disk"
    pairs = zip(first.tensors, second.tensors, strict=True)
    return TensorInputs(*map(torch.cat, pairs), mean=first.mean, std=first.std)


class LazyTargets(Protocol):
    """Targets that are read from disk, such as masks."""

    def __len__(self) -> int: ...

    def take(self, rows: Tensor) -> Tensor: ...

    def subset(self, rows: Tensor) -> LazyTargets: ...


class TensorInputs:
    """Inputs as whole tensors: a batch is one indexing, with no worker and no collating of single samples.

    Args:
        tensors: each (N, …).
        mean, std: of each channel, (K,); given, the first tensor is (N, K, H, W) and is normalised as it is taken.
    """

    lazy = False

    def __init__(self, *tensors: Tensor, mean: Tensor | None = None, std: Tensor | None = None) -> None:
        self.tensors = tensors
        self.mean = None if mean is None else mean.view(-1, 1, 1)
        self.std = None if std is None else std.view(-1, 1, 1)

    def __len__(self) -> int:
        return len(self.tensors[0])

    def take(self, rows: Tensor) -> Batch:
        rows = rows.to(self.tensors[0].device)
        # Ten times as quick as tensor[rows] where a row is short.
        batch = tuple(tensor.index_select(0, rows) for tensor in self.tensors)
        if self.mean is not None and self.std is not None:
            batch = (batch[0].float().sub_(self.mean).div_(self.std), *batch[1:])
        return batch[0] if len(batch) == 1 else batch

    def subset(self, rows: Tensor) -> TensorInputs:
        rows = rows.to(self.tensors[0].device)
        return TensorInputs(*(tensor[rows] for tensor in self.tensors), mean=self.mean, std=self.std)

    def to(self, device: torch.device) -> TensorInputs:
        statistics = (None if value is None else value.to(device) for value in (self.mean, self.std))
        mean, std = statistics
        return TensorInputs(*(tensor.to(device) for tensor in self.tensors), mean=mean, std=std)


class TokenInputs:
    """Rows of tokens of different lengths, side by side in one tensor; a batch is padded to its longest row.

    Args:
        tokens: of all rows, one after the other.
        ends: (N + 1,) where each row begins, and where the last one ends.
        padding: the token that fills up a batch.
    """

    lazy = False

    def __init__(self, tokens: Tensor, ends: Tensor, padding: int = 0) -> None:
        self.tokens, self.ends, self.padding = tokens, ends, padding

    @classmethod
    def of(cls, rows: Sequence[Sequence[int]], padding: int = 0) -> TokenInputs:
        """From a list of tokens per row."""
        lengths = np.fromiter(map(len, rows), np.int64, len(rows))
        ends: NDArray[np.int64] = np.concatenate([[0], np.cumsum(lengths)])
        tokens = np.fromiter((token for row in rows for token in row), np.int32, int(ends[-1]))
        return cls(torch.from_numpy(tokens), torch.from_numpy(ends), padding)

    def __len__(self) -> int:
        return len(self.ends) - 1

    def take(self, rows: Tensor) -> Tensor:
        rows = rows.to(self.ends.device)
        starts = self.ends[rows]
        lengths = self.ends[rows + 1] - starts
        longest = int(lengths.max()) if len(rows) else 0
        places = torch.arange(longest, device=rows.device)
        inside = places < lengths[:, None]
        found = self.tokens[torch.where(inside, starts[:, None] + places, 0)]
        return torch.where(inside, found, self.padding).long()

    def subset(self, rows: Tensor) -> TokenInputs:
        rows = rows.to(self.ends.device)
        starts = self.ends[rows]
        lengths = self.ends[rows + 1] - starts
        ends = torch.cat([lengths.new_zeros(1), lengths.cumsum(0)])
        places = torch.arange(int(ends[-1]), device=rows.device)
        shift = torch.repeat_interleave(starts - ends[:-1], lengths)
        return TokenInputs(self.tokens[places + shift], ends, self.padding)

    def to(self, device: torch.device) -> TokenInputs:
        return TokenInputs(self.tokens.to(device), self.ends.to(device), self.padding)

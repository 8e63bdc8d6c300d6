"""The split into training, validation and test rows: of each class the same shares, fixed by the seed."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ..config import SettingError


class Split(NamedTuple):
    """Row numbers, ascending; together each row of the labels once."""

    train: Tensor
    val: Tensor
    test: Tensor


def stratified_split(labels: Tensor, val_fraction: float, test_fraction: float, seed: int) -> Split:
    """Split the rows of `labels`, (N,), so that every class is shared out in the same proportions.

    Each class gives `round(fraction · its size)` rows to validation and to test, and the rest to training.

    Raises:
        SettingError: a class is so small that it would give no row to one of the three.
    """
    generator = torch.Generator().manual_seed(seed)
    train, val, test = [], [], []
    for label in sorted(set(labels.tolist())):
        rows = torch.nonzero(labels == label).squeeze(1)
        rows = rows[torch.randperm(len(rows), generator=generator)]
        n_val, n_test = round(val_fraction * len(rows)), round(test_fraction * len(rows))
        for name, fraction, count in (("val_fraction", val_fraction, n_val), ("test_fraction", test_fraction, n_test)):
            if count < 1 or n_val + n_test >= len(rows):
                expected = f"a share that gives each part at least 1 of the {len(rows)} images of class {label}"
                raise SettingError(name, expected, fraction, 0.15)
        val.append(rows[:n_val])
        test.append(rows[n_val : n_val + n_test])
        train.append(rows[n_val + n_test :])
    return Split(*(torch.cat(part).sort().values for part in (train, val, test)))

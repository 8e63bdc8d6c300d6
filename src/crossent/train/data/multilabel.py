"""Several labels per row, written in one column with a delimiter between them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import Tensor

from ..errors import DataError


def split_labels(values: Iterable[object], delimiter: str) -> list[list[str]]:
    """The labels of each row; an empty value has none."""
    return [[label.strip() for label in str(value).split(delimiter) if label.strip()] for value in values]


def to_matrix(rows: Sequence[Sequence[str]], classes: Sequence[str], ids: Sequence[str]) -> Tensor:
    """(N, C), 1.0 where a row has the label.

    Raises:
        DataError: a label is none of the classes.
    """
    places = {name: place for place, name in enumerate(classes)}
    matrix = np.zeros((len(rows), len(classes)), dtype=np.float32)
    for number, labels in enumerate(rows):
        for label in labels:
            if label not in places:
                known = ", ".join(classes[:10]) + (", …" if len(classes) > 10 else "")
                raise DataError(f"{ids[number]}: the label {label!r} is none of the classes {known}.")
            matrix[number, places[label]] = 1
    return torch.from_numpy(matrix)

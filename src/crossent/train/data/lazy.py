"""Inputs that are read as they are asked for: of data larger than memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from .dataset import Batch

if TYPE_CHECKING:
    from .records.base import Records
    from .schema import Schema


class LazyInputs:
    """The inputs of records: a batch is opened, encoded and forgotten."""

    lazy = True

    def __init__(self, records: Records, schema: Schema) -> None:
        self.records, self.schema = records, schema

    def __len__(self) -> int:
        return len(self.records)

    def take(self, rows: Tensor) -> Batch:
        part = self.records.take(rows.cpu().numpy())
        return part.now(self.schema).take(torch.arange(len(rows)))

    def subset(self, rows: Tensor) -> LazyInputs:
        return LazyInputs(self.records.take(rows.cpu().numpy()), self.schema)

    def to(self, device: torch.device) -> LazyInputs:
        # Read on the CPU: a batch is moved when it is taken.
        return self

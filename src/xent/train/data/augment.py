"""Random changes to training images, in plain torch, drawn from torch's global CPU generator alone."""

from __future__ import annotations

from .dataset import Augment
from .schema import Schema


def augmentation(schema: Schema, name: str) -> Augment | None:
    """The changes that `data.augment` asks for."""
    return None

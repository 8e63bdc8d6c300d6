"""Labelled data: where it comes from, how it is split, how it comes in batches. The table is free of torch."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .labelled import LabelledImages

# The name of a source and the module whose load() returns its LabelledImages.
SOURCES = {"digits": ".digits"}


def load(source: str) -> LabelledImages:
    """The images and labels of a source, by its name in `SOURCES`."""
    images: LabelledImages = import_module(SOURCES[source], __name__).load()
    return images

"""How samples are labelled. Free of torch, so that data can be judged before it is loaded."""

from __future__ import annotations

from enum import Enum


class Target(Enum):
    """How a sample is labelled."""

    CLASS = "one class"
    LABELS = "any number of labels"
    MASK = "a class per pixel"

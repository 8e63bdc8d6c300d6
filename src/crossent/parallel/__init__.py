"""Losses of logits whose classes are split over the ranks of a process group."""

from .cross_entropy import cross_entropy
from .linear_cross_entropy import linear_cross_entropy

__all__ = ["cross_entropy", "linear_cross_entropy"]

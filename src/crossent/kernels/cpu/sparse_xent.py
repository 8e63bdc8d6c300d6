"""Softmax cross entropy of a few listed classes: softmax_xent.cpp gets their ids and masses."""

from .softmax_xent import GUESSES_ON_DEVICE, REPORTS_LABELS, WRITES_GRADIENT_FORWARD, backward, forward

# Max, Σ exp(z − max) − 1, and the whole mass of the target.
KEPT = (0, 3)
KEEPS_STATE = True

__all__ = [
    "GUESSES_ON_DEVICE", "KEEPS_STATE", "KEPT", "REPORTS_LABELS", "WRITES_GRADIENT_FORWARD", "backward", "forward",
]  # fmt: skip

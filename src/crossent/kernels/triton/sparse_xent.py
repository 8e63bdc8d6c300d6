"""Softmax cross entropy of a few listed classes: the kernels of `_softmax` get their lists."""

from .softmax_xent import GUESSES_ON_DEVICE, WRITES_GRADIENT_FORWARD, backward, forward

# Max, Σ exp(z − max), and the whole mass of the target.
KEPT = (0, 3)
KEEPS_STATE = False
# Lists that hold ids out of range are looked for by a kernel of their own.
REPORTS_LABELS = False

__all__ = [
    "GUESSES_ON_DEVICE", "KEEPS_STATE", "KEPT", "REPORTS_LABELS", "WRITES_GRADIENT_FORWARD", "backward", "forward",
]  # fmt: skip

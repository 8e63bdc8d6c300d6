"""The losses as modules: settings and buffers, one call into `crossent.functional` each; no mathematics.

Each is an instance of torch's class of the same name, where torch has one, so that code which asks `isinstance` keeps
working.
"""

from .binary import BCELoss, BCEWithLogitsLoss
from .distillation import DistillationLoss, LinearDistillationLoss
from .linear import LinearBinaryCrossEntropyLoss, LinearCrossEntropyLoss
from .softmax import CrossEntropyLoss, LogSoftmax, NLLLoss

__all__ = [
    "BCELoss",
    "BCEWithLogitsLoss",
    "CrossEntropyLoss",
    "DistillationLoss",
    "LinearBinaryCrossEntropyLoss",
    "LinearCrossEntropyLoss",
    "LinearDistillationLoss",
    "LogSoftmax",
    "NLLLoss",
]

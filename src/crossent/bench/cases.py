"""The cases to measure: one frozen value each, plain enough to be sent to another process. Torch is not needed here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

BYTES = {"float32": 4, "bfloat16": 2, "float16": 2, "float64": 8}


@dataclass(frozen=True)
class Case:
    """An operator (softmax_xent, linear_xent, distillation, …), the logits it gets, and its options.

    The shape is that of the logits; for the linear ones (N, D, C), and the logits are (N, C).
    """

    operator: str
    shape: tuple[int, ...]
    dtype: str = "float32"
    channels_last: bool = False
    probabilities: bool = False
    smoothing: float = 0.0
    weighted: bool = False
    sampled: bool = False
    temperature: float = 1.0
    listed: int = 0  # classes of each position that a sparse target has, beside the dense one

    @property
    def name(self) -> str:
        """Shape, dtype and whatever is not the default, for the rows of a table."""
        shape = ", ".join(map(str, self.shape)) + ("," if len(self.shape) == 1 else "")
        extras = {
            "channels-last": self.channels_last,
            "probabilities": self.probabilities,
            f"{self.listed} listed classes": self.listed,
            f"smoothing {self.smoothing:g}": self.smoothing,
            "pos_weight" if self.operator == "sigmoid_xent" else "class weight": self.weighted,
            "sample weight": self.sampled,
            f"temperature {self.temperature:g}": self.temperature != 1.0,
        }
        return ", ".join([f"({shape}) {self.dtype}", *(text for text, given in extras.items() if given)])

    @property
    def bytes(self) -> int:
        """The size of the logits."""
        linear = self.operator.startswith("linear_")
        elements = self.shape[0] * self.shape[-1] if linear else math.prod(self.shape)
        return elements * BYTES[self.dtype]


class Goal(NamedTuple):
    """The highest ratios to torch eager that a case may reach, of time and of extra peak memory; None: no goal."""

    time: float | None = None
    memory: float | None = None


softmax = partial(Case, "softmax_xent")
sigmoid = partial(Case, "sigmoid_xent")
linear = partial(Case, "linear_xent")
logprobs = partial(Case, "token_logprobs")
linear_logprobs = partial(Case, "linear_token_logprobs")
distilled = partial(Case, "distillation")
linear_distilled = partial(Case, "linear_distillation")

# How `crossent bench` calls an operator.
SHORT = {
    "softmax_xent": "cross entropy",
    "sigmoid_xent": "BCE",
    "linear_xent": "linear cross entropy",
    "token_logprobs": "log-probabilities",
    "linear_token_logprobs": "linear log-probabilities",
    "distillation": "distillation",
    "linear_distillation": "linear distillation",
}

# The cases of `crossent bench`, in dtypes of the user's choice: a language model, an image classifier with and without
# options, segmentation in both layouts, multi-label classification, and a loss that is nearly all overhead.
EVERYDAY = (
    softmax((2048, 32000)),
    softmax((1024, 1000)),
    softmax((4096, 1000), smoothing=0.1, weighted=True),
    softmax((1024, 1000), probabilities=True),
    softmax((4, 21, 512, 512)),
    softmax((4, 21, 512, 512), channels_last=True),
    sigmoid((8, 1, 512, 512)),
    sigmoid((4096, 1000), weighted=True),
    softmax((32, 10)),
)
QUICK = (softmax((1024, 1000)), sigmoid((4096, 1000), weighted=True), softmax((32, 10)))


def label(case: Case) -> str:
    """A case's name with its loss before it."""
    return f"{SHORT[case.operator]} {case.name}"

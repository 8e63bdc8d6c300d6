"""The losses as functions, with the signatures of `torch.nn.functional` and crossent's extras after them."""

from .binary_cross_entropy import binary_cross_entropy
from .binary_cross_entropy_with_logits import binary_cross_entropy_with_logits
from .cross_entropy import cross_entropy
from .distillation import distillation
from .linear_binary_cross_entropy import linear_binary_cross_entropy
from .linear_cross_entropy import linear_cross_entropy
from .linear_distillation import linear_distillation
from .linear_token_logprobs import linear_token_logprobs
from .log_softmax import log_softmax
from .nll_loss import nll_loss
from .normalizer import normalizer
from .token_logprobs import token_logprobs

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "distillation",
    "linear_binary_cross_entropy",
    "linear_cross_entropy",
    "linear_distillation",
    "linear_token_logprobs",
    "log_softmax",
    "nll_loss",
    "normalizer",
    "token_logprobs",
]

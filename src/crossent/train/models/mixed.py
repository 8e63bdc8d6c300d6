"""Texts beside numbers and categories: a linear model of the words, and a perceptron that sees the columns and them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from .fasttext import FastText
from .mlp import MLP


class Mixed(nn.Module):
    """The sum of two models' logits: a FastText of the texts, and an MLP of the columns and of features of the texts.

    Args:
        numbers: F of the numeric input (N, F); 0: there is none.
        outputs: C of the logits (N, C).
        vocabulary: the number of tokens; 0 is padding.
        categories: of each of the K categorical columns, how many values it has, the unknown one included.
        ngrams: the longest n-gram of the texts, in tokens.
        features: of a text, that the MLP sees.
        hidden: the sizes of the MLP's layers.
        dropout: of the MLP's layers.
    """

    def __init__(
        self,
        numbers: int,
        outputs: int,
        vocabulary: int,
        categories: Sequence[int] = (),
        ngrams: int = 1,
        features: int = 16,
        hidden: Sequence[int] = (128, 128),
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.outputs = outputs
        self.words = FastText(vocabulary, outputs + features, ngrams=ngrams)
        self.columns = MLP(numbers + features, outputs, categories, hidden, dropout)

    def forward(self, *inputs: Tensor) -> Tensor:
        """Logits, (N, C), of numbers (N, F) and categories (N, K) where there are any, and tokens (N, L)."""
        words: Tensor = self.words(inputs[-1])
        logits, features = words[:, : self.outputs], words[:, self.outputs :]
        categories = [part for part in inputs[:-1] if not part.is_floating_point()]
        numbers = [part for part in inputs[:-1] if part.is_floating_point()]
        total: Tensor = logits + self.columns(torch.cat([*numbers, features], 1), *categories)
        return total

"""Texts beside numbers and categories: a linear model of the words, and a perceptron of the columns."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from .fasttext import FastText
from .mlp import MLP


class Mixed(nn.Module):
    """The sum of two models' logits: a FastText of the texts, and an MLP of the columns.

    What one of them knows is evidence beside what the other knows, and as much of it as the labels say. (An MLP that
    also sees features of the texts learns them by heart before the words are learnt.)

    Args:
        numbers: F of the numeric input (N, F); 0: there is none.
        outputs: C of the logits (N, C).
        vocabulary: the number of tokens; 0 is padding.
        categories: of each of the K categorical columns, how many values it has, the unknown one included.
        ngrams: the longest n-gram of the texts, in tokens.
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
        hidden: Sequence[int] = (128, 128),
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.words = FastText(vocabulary, outputs, ngrams=ngrams)
        self.columns = MLP(numbers, outputs, categories, hidden, dropout)

    def forward(self, *inputs: Tensor) -> Tensor:
        """Logits, (N, C), of numbers (N, F) and categories (N, K) where there are any, and tokens (N, L)."""
        total: Tensor = self.words(inputs[-1]) + self.columns(*inputs[:-1])
        return total

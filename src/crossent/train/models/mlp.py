"""A multilayer perceptron for the columns of tables: numbers as they are, categories through embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn


class MLP(nn.Module):
    """Layers of linear, normalisation, ReLU and dropout; then one linear layer.

    Args:
        numbers: F of the numeric input (N, F).
        outputs: C of the logits (N, C).
        categories: of each of the K categorical columns, how many values it has, the unknown one included.
        hidden: the sizes of the layers.
        dropout: share of each layer's outputs that is zeroed in training.
    """

    def __init__(
        self,
        numbers: int,
        outputs: int,
        categories: Sequence[int] = (),
        hidden: Sequence[int] = (128, 128),
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        # Wide enough to tell the values apart, and no wider than the other layers can use.
        widths = [min(50, (count + 1) // 2 + 1) for count in categories]
        embeddings = [nn.Embedding(count, width) for count, width in zip(categories, widths, strict=True)]
        for embedding in embeddings:
            # An unknown value begins as the mean of all.
            nn.init.zeros_(embedding.weight[0])
        self.embeddings = nn.ModuleList(embeddings)
        self.numbers = numbers
        sizes = [numbers + sum(widths), *hidden]
        layers: list[nn.Module] = []
        for size, following in pairwise(sizes):
            layers += [nn.Linear(size, following), nn.LayerNorm(following), nn.ReLU(), nn.Dropout(dropout)]
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(sizes[-1], outputs)

    def forward(self, inputs: Tensor, categories: Tensor | None = None) -> Tensor:
        """Logits, (N, C).

        Args:
            inputs: the numbers, (N, …), F in all; where there are none, the categories.
            categories: (N, K), integer.
        """
        if self.embeddings and categories is None:
            inputs, categories = inputs.new_zeros((len(inputs), 0), dtype=self.head.weight.dtype), inputs
        parts = [inputs.flatten(1)] if self.numbers else []
        if categories is not None:
            parts += [embedding(categories[:, column]) for column, embedding in enumerate(self.embeddings)]
        logits: Tensor = self.head(self.body(torch.cat(parts, 1) if len(parts) > 1 else parts[0]))
        return logits

"""A convolutional network for texts."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class TextCNN(nn.Module):
    """Embeddings, convolutions of several widths over the words, the maximum of each over the text, a linear layer.

    Args:
        vocabulary: the number of tokens; 0 is padding.
        outputs: C of the logits (N, C).
        embedding: size of an embedding.
        widths: how many words each group of filters sees at once.
        filters: per group.
        dropout: share of the embeddings and of the maxima that is zeroed in training.

    Source: Y. Kim, Convolutional Neural Networks for Sentence Classification, 2014.
    """

    def __init__(
        self,
        vocabulary: int,
        outputs: int,
        embedding: int = 128,
        widths: Sequence[int] = (1, 2, 3, 4),
        filters: int = 100,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, embedding, padding_idx=0)
        # An unknown word begins as the mean of all.
        nn.init.zeros_(self.embedding.weight[1])
        self.convolutions = nn.ModuleList(nn.Conv1d(embedding, filters, width) for width in widths)
        self.widest = max(widths)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(filters * len(widths), outputs)

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits, (N, C), of tokens, (N, L)."""
        # As much padding behind every text as its widest filter sees: the same text has the same maxima in every batch.
        tokens = nn.functional.pad(tokens, (0, self.widest - 1))
        embedded = self.dropout(self.embedding(tokens)).transpose(1, 2)
        outside = tokens == 0
        maxima = []
        for convolution in self.convolutions:
            features = torch.relu(convolution(embedded))
            # A filter that begins in the padding saw nothing.
            maxima.append(features.masked_fill(outside[:, None, : features.shape[2]], 0).amax(2))
        logits: Tensor = self.head(self.dropout(torch.cat(maxima, 1)))
        return logits

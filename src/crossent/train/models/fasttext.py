"""A linear model of words and of their n-grams: the first to try on texts, and hard to beat on long ones."""

from __future__ import annotations

import torch
from torch import Tensor, nn

# Odd numbers whose products scatter neighbouring tokens over the buckets.
_FACTORS = (1, 73_856_093, 19_349_663, 83_492_791)
# What embeddings and weights are multiplied by. A step of Adam is as long for a word of one text in a hundred as for
# the layer behind it, and too short: with a gain, the usual learning rate is enough.
_GAIN = 4.0


class FastText(nn.Module):
    """The weighted mean of the embeddings of all words and n-grams of a text, and a linear layer.

    How much each word or n-gram counts is learnt too: like the weights of TF-IDF, but for the task at hand.

    Args:
        vocabulary: the number of tokens; 0 is padding.
        outputs: C of the logits (N, C).
        embedding: size of an embedding.
        ngrams: the longest n-gram, in tokens; 1: tokens alone.
        buckets: embeddings that all n-grams share, by a hash.
        dropout: share of the mean embedding that is zeroed in training.

    Source: A. Joulin et al., Bag of Tricks for Efficient Text Classification, 2017; the learnt weights are added.
    """

    # Its mean of embeddings is multiplied by the gain.
    vector_scale = 1 / _GAIN

    def __init__(
        self,
        vocabulary: int,
        outputs: int,
        embedding: int = 64,
        ngrams: int = 1,
        buckets: int = 50_000,
        dropout: float = 0.3,
    ) -> None:
        super().__init__()
        if not 1 <= ngrams <= len(_FACTORS):
            raise ValueError(f"ngrams must be from 1 to {len(_FACTORS)}, got {ngrams}.")
        self.vocabulary, self.ngrams, self.buckets = vocabulary, ngrams, buckets
        rows = vocabulary + (buckets if ngrams > 1 else 0)
        self.embedding = nn.Embedding(rows, embedding, padding_idx=0)
        # A mean of many embeddings is small unless they are not.
        nn.init.normal_(self.embedding.weight, std=0.5 / _GAIN)
        # An unknown word begins as the mean of all.
        nn.init.zeros_(self.embedding.weight[1])
        # Logarithms: at first, everything counts alike.
        self.importance = nn.Embedding(rows, 1)
        nn.init.zeros_(self.importance.weight)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(embedding, outputs)

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits, (N, C), of tokens, (N, L)."""
        pieces = torch.cat([tokens, *(self._hashed(tokens, size) for size in range(2, self.ngrams + 1))], 1)
        weights = (_GAIN * self.importance(pieces).squeeze(2)).exp() * (pieces != 0)
        total = nn.functional.embedding_bag(pieces, self.embedding.weight, per_sample_weights=weights, mode="sum")
        mean = _GAIN * total / weights.sum(1, keepdim=True).clamp(min=1e-6)
        logits: Tensor = self.head(self.dropout(mean))
        return logits

    def _hashed(self, tokens: Tensor, size: int) -> Tensor:
        """The n-grams of one size as places behind the vocabulary, 0 where one reaches into the padding."""
        length = max(tokens.shape[1] - size + 1, 0)
        parts = [tokens[:, start : start + length] for start in range(size)]
        mixed = torch.zeros_like(parts[0])
        for part, factor in zip(parts, _FACTORS, strict=False):
            mixed = mixed * 31 + part * factor
        return torch.where(parts[-1] == 0, 0, self.vocabulary + mixed.remainder(self.buckets))

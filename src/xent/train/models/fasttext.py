"""A linear model of words and of their n-grams: the first to try on texts, and hard to beat on long ones."""

from __future__ import annotations

import torch
from torch import Tensor, nn

# Odd numbers whose products scatter neighbouring tokens over the buckets.
_FACTORS = (1, 73_856_093, 19_349_663, 83_492_791)


class FastText(nn.Module):
    """The mean embedding of all words and n-grams of a text, and a linear layer.

    Args:
        vocabulary: the number of tokens; 0 is padding.
        outputs: C of the logits (N, C).
        embedding: size of an embedding.
        ngrams: the longest n-gram, in words; 1: words alone.
        buckets: embeddings that all n-grams share, by a hash.
        dropout: share of the mean embedding that is zeroed in training.

    Source: A. Joulin et al., Bag of Tricks for Efficient Text Classification, 2017.
    """

    def __init__(
        self,
        vocabulary: int,
        outputs: int,
        embedding: int = 100,
        ngrams: int = 2,
        buckets: int = 200_000,
        dropout: float = 0.3,
    ) -> None:
        super().__init__()
        if not 1 <= ngrams <= len(_FACTORS):
            raise ValueError(f"ngrams must be from 1 to {len(_FACTORS)}, got {ngrams}.")
        self.vocabulary, self.ngrams, self.buckets = vocabulary, ngrams, buckets if ngrams > 1 else 0
        self.embedding = nn.Embedding(vocabulary + self.buckets, embedding, padding_idx=0)
        # Means of many embeddings are small unless these are not.
        nn.init.normal_(self.embedding.weight, std=0.5)
        with torch.no_grad():
            self.embedding.weight[0].zero_()
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(embedding, outputs)

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits, (N, C), of tokens, (N, L)."""
        pieces = torch.cat([tokens, *(self._hashed(tokens, size) for size in range(2, self.ngrams + 1))], 1)
        count = (pieces != 0).sum(1, keepdim=True).clamp(min=1)
        mean = nn.functional.embedding_bag(pieces, self.embedding.weight, mode="sum", padding_idx=0) / count
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

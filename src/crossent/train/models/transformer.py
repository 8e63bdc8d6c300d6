"""A small transformer encoder for texts, trained from nothing."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Transformer(nn.Module):
    """Embeddings with positions, encoder layers, the mean over the words, a linear layer.

    Args:
        vocabulary: the number of tokens; 0 is padding.
        outputs: C of the logits (N, C).
        embedding: size of an embedding; a multiple of `heads`.
        layers: encoder layers.
        heads: of the attention.
        dropout: share that is zeroed in training.
        length: the longest text.
    """

    def __init__(
        self,
        vocabulary: int,
        outputs: int,
        embedding: int = 128,
        layers: int = 2,
        heads: int = 4,
        dropout: float = 0.2,
        length: int = 512,
    ) -> None:
        super().__init__()
        if embedding % heads:
            raise ValueError(f"embedding must be a multiple of heads={heads}, got {embedding}.")
        self.embedding = nn.Embedding(vocabulary, embedding, padding_idx=0)
        self.positions = nn.Parameter(torch.randn(length, embedding) * 0.02)
        nn.init.normal_(self.embedding.weight, std=0.02)
        # An unknown word begins as the mean of all.
        nn.init.zeros_(self.embedding.weight[1])
        self.dropout = nn.Dropout(dropout)
        layer = nn.TransformerEncoderLayer(
            embedding, heads, 4 * embedding, dropout, activation="gelu", batch_first=True, norm_first=True
        )
        # Nested tensors save work on padding, but are a prototype that warns and cannot be exported.
        self.encoder = nn.TransformerEncoder(layer, layers, nn.LayerNorm(embedding), enable_nested_tensor=False)
        self.head = nn.Linear(embedding, outputs)

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits, (N, C), of tokens, (N, L)."""
        tokens = tokens[:, : len(self.positions)]
        outside = tokens == 0
        # Attention to nothing is NaN: the first place is always seen.
        unseen = outside & (torch.arange(tokens.shape[1], device=tokens.device) > 0)
        hidden = self.dropout(self.embedding(tokens) + self.positions[: tokens.shape[1]])
        hidden = self.encoder(hidden, src_key_padding_mask=unseen)
        inside = (~outside)[..., None].to(hidden.dtype)
        logits: Tensor = self.head((hidden * inside).sum(1) / inside.sum(1).clamp(min=1))
        return logits

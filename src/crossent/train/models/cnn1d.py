"""A residual network for signals: channels over time."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class CNN1d(nn.Module):
    """Residual blocks of three convolutions over time, and the mean over time.

    Args:
        channels: K of the signals (N, K, T), of any length T.
        outputs: C of the logits (N, C).
        widths: channels of each block.
        kernels: steps that each convolution of a block sees.
        dropout: share of the last features that is zeroed in training.

    Source: Z. Wang et al., Time Series Classification from Scratch with Deep Neural Networks, 2017.
    """

    def __init__(
        self,
        channels: int,
        outputs: int,
        widths: Sequence[int] = (64, 128, 128),
        kernels: Sequence[int] = (7, 5, 3),
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        inner = (channels, *widths[:-1])
        self.body = nn.Sequential(*(Block(before, width, kernels) for before, width in zip(inner, widths, strict=True)))
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(widths[-1], outputs)

    def forward(self, signals: Tensor) -> Tensor:
        """Logits, (N, C), of signals, (N, K, T)."""
        features: Tensor = self.body(signals).mean(2)
        logits: Tensor = self.head(self.dropout(features))
        return logits


class Block(nn.Module):
    """x + convolutions of x, each normalised; where the channels change, x goes through one of a single step."""

    def __init__(self, channels: int, width: int, kernels: Sequence[int]) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for number, kernel in enumerate(kernels):
            layers += [nn.ReLU()] if number else []
            layers.append(nn.Conv1d(width if number else channels, width, kernel, padding=kernel // 2, bias=False))
            layers.append(nn.BatchNorm1d(width))
        self.body = nn.Sequential(*layers)
        self.shortcut = nn.Sequential(nn.Conv1d(channels, width, 1, bias=False), nn.BatchNorm1d(width))

    def forward(self, signals: Tensor) -> Tensor:
        """Features, (N, width, T)."""
        features: Tensor = torch.relu(self.shortcut(signals) + self.body(signals))
        return features

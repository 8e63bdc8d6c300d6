"""A residual network for images."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class CNN(nn.Module):
    """A residual network of 3x3 convolutions: a stem, stages of doubling width and halving size, the mean over space.

    Args:
        channels: K of the images (N, K, H, W), of any height and width.
        outputs: C of the logits (N, C).
        width: channels of the first stage.
        halvings: how often height and width are halved before the first stage, which is the most work.
        stages: how many stages; each but the first halves height and width.
        blocks: residual blocks per stage.
        dropout: share of the last features that is zeroed in training.
    """

    def __init__(
        self,
        channels: int,
        outputs: int,
        width: int = 32,
        halvings: int = 0,
        stages: int = 3,
        blocks: int = 1,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = [_convolution(channels, width)]
        layers += [nn.MaxPool2d(2) for _ in range(halvings)]
        for stage in range(stages):
            features = width * 2**stage
            for block in range(blocks):
                first = block == 0 and stage > 0
                layers.append(Residual(features // 2 if first else features, features, stride=2 if first else 1))
        self.body = nn.Sequential(*layers)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width * 2 ** (stages - 1), outputs)

    def forward(self, images: Tensor) -> Tensor:
        """Logits, (N, C), of images, (N, K, H, W)."""
        features: Tensor = self.body(images).mean((2, 3))
        logits: Tensor = self.head(self.dropout(features))
        return logits


class Residual(nn.Module):
    """x + two convolutions of x; where the shape changes, x goes through a 1x1 convolution."""

    def __init__(self, channels: int, features: int, stride: int = 1) -> None:
        super().__init__()
        self.first = _convolution(channels, features, stride)
        self.second = nn.Sequential(nn.Conv2d(features, features, 3, padding=1, bias=False), nn.BatchNorm2d(features))
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or channels != features:
            self.shortcut = nn.Sequential(
                nn.Conv2d(channels, features, 1, stride=stride, bias=False), nn.BatchNorm2d(features)
            )

    def forward(self, images: Tensor) -> Tensor:
        """Features, (N, F, H / stride, W / stride)."""
        features: Tensor = torch.relu(self.shortcut(images) + self.second(self.first(images)))
        return features


def _convolution(channels: int, features: int, stride: int = 1) -> nn.Sequential:
    # The normalisation's own shift makes a bias of the convolution redundant.
    return nn.Sequential(
        nn.Conv2d(channels, features, kernel_size=3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(features),
        nn.ReLU(),
    )

"""A residual network for images."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class CNN(nn.Module):
    """A residual network of 3x3 convolutions: a stem, stages of doubling width and halving size, the mean over space.

    The first stages only convolve: where there are many places, a convolution is most of the work. What halves a size
    is the largest of four neighbours, taken before the normalisation, which then has a quarter of the work.

    Args:
        channels: K of the images (N, K, H, W), of any height and width.
        outputs: C of the logits (N, C).
        width: channels of the first stage.
        halvings: how often height and width are halved before the first stage, which is the most work.
        stages: how many stages; each but the first halves height and width.
        blocks: residual blocks of each stage but the first.
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
        self.stem = nn.Conv2d(channels, width, kernel_size=3, padding=1, bias=False)
        layers: list[nn.Module] = [_half() for _ in range(halvings)]
        layers += [nn.BatchNorm2d(width), nn.ReLU(), *_convolution(width, width)]
        for stage in range(1, stages):
            before, features = width * 2 ** (stage - 1), width * 2**stage
            # The second stage widens before it halves, the later ones after it.
            layers += _convolution(before, features, _half()) if stage == 1 else [_half()]
            for block in range(blocks):
                layers.append(Residual(before if block == 0 and stage > 1 else features, features))
        self.body = nn.Sequential(*layers)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width * 2 ** (stages - 1), outputs)

    def forward(self, images: Tensor) -> Tensor:
        """Logits, (N, C), of images, (N, K, H, W)."""
        # With the channels of a place side by side a CPU needs a fifth less time.
        maps = self.stem(images).contiguous(memory_format=torch.channels_last)
        logits: Tensor = self.head(self.dropout(self.body(maps).mean((2, 3))))
        return logits


class Residual(nn.Module):
    """x + two convolutions of x; where the width changes, x goes through a 1x1 convolution."""

    def __init__(self, channels: int, features: int) -> None:
        super().__init__()
        self.first = nn.Sequential(*_convolution(channels, features))
        self.second = nn.Sequential(nn.Conv2d(features, features, 3, padding=1, bias=False), nn.BatchNorm2d(features))
        self.shortcut: nn.Module = nn.Identity()
        if channels != features:
            self.shortcut = nn.Sequential(nn.Conv2d(channels, features, 1, bias=False), nn.BatchNorm2d(features))

    def forward(self, images: Tensor) -> Tensor:
        """Features, (N, F, H, W)."""
        features: Tensor = torch.relu(self.shortcut(images) + self.second(self.first(images)))
        return features


def _convolution(channels: int, features: int, *between: nn.Module) -> list[nn.Module]:
    # The normalisation's own shift makes a bias of the convolution redundant.
    convolution = nn.Conv2d(channels, features, kernel_size=3, padding=1, bias=False)
    return [convolution, *between, nn.BatchNorm2d(features), nn.ReLU()]


def _half() -> nn.Module:
    # A side of one place stays.
    return nn.MaxPool2d(2, ceil_mode=True)

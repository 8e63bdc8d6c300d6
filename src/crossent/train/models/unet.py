"""A U-Net: a class for each pixel."""

from __future__ import annotations

import torch
from torch import Tensor, nn

_GROUPS = 8


class UNet(nn.Module):
    """Down through stages of halving size and doubling width, and up again beside what each stage saw.

    Args:
        channels: K of the images (N, K, H, W), of any height and width.
        outputs: C of the logits (N, C, H, W).
        width: channels of the first stage, a multiple of 8.
        depth: how often the size is halved.
        dropout: share of the lowest features that is zeroed in training.

    Source: O. Ronneberger et al., U-Net: Convolutional Networks for Biomedical Image Segmentation, 2015.
    """

    def __init__(self, channels: int, outputs: int, width: int = 24, depth: int = 3, dropout: float = 0.1) -> None:
        super().__init__()
        if width < 1 or width % _GROUPS:
            raise ValueError(f"width must be a multiple of {_GROUPS}, got {width}.")
        self.first = _block(channels, width)
        self.down = nn.ModuleList(_block(width * 2**stage, width * 2 ** (stage + 1)) for stage in range(depth))
        self.halve = nn.MaxPool2d(2)
        self.dropout = nn.Dropout2d(dropout)
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(width * 2 ** (stage + 1), width * 2**stage, 2, stride=2)
            for stage in reversed(range(depth))
        )
        self.join = nn.ModuleList(
            _block(width * 2 ** (stage + 1), width * 2**stage) for stage in reversed(range(depth))
        )
        self.head = nn.Conv2d(width, outputs, 1)
        self.multiple = 2**depth

    def forward(self, images: Tensor) -> Tensor:
        """Logits, (N, C, H, W), of images, (N, K, H, W)."""
        height, width = images.shape[2:]
        # Sizes that cannot be halved so often are padded, and the padding is cut off again.
        features = self.first(nn.functional.pad(images, (0, -width % self.multiple, 0, -height % self.multiple)))
        seen = []
        for block in self.down:
            seen.append(features)
            features = block(self.halve(features))
        features = self.dropout(features)
        for double, block in zip(self.up, self.join, strict=True):
            features = block(torch.cat([seen.pop(), double(features)], 1))
        logits: Tensor = self.head(features)[:, :, :height, :width]
        return logits


def _block(channels: int, features: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for entering in (channels, features):
        # Batches of masks are small, and epochs of few steps: running means of a batch normalisation would lag behind.
        layers += [nn.Conv2d(entering, features, 3, padding=1, bias=False), nn.GroupNorm(_GROUPS, features), nn.ReLU()]
    return nn.Sequential(*layers)

"""A small convolutional network for small images."""

from __future__ import annotations

from torch import Tensor, nn


class SmallCNN(nn.Module):
    """Two 3x3 convolutions, a halving, a third convolution, a second halving, dropout, one linear layer.

    Args:
        channels: K of the images (N, K, H, W).
        height, width: H and W, each at least 4.
        classes: C of the logits (N, C).
        features: channels of the first two convolutions; the third has twice as many.
        dropout: share of the last features that is zeroed in training.
    """

    def __init__(
        self, channels: int, height: int, width: int, classes: int, features: int = 16, dropout: float = 0.3
    ) -> None:
        super().__init__()
        self.body = nn.Sequential(
            _convolution(channels, features),
            _convolution(features, features),
            nn.MaxPool2d(2),
            _convolution(features, 2 * features),
            nn.MaxPool2d(2),
        )
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(2 * features * (height // 4) * (width // 4), classes)

    def forward(self, images: Tensor) -> Tensor:
        """Logits, (N, C), of images, (N, K, H, W)."""
        features: Tensor = self.body(images)
        logits: Tensor = self.head(self.dropout(features.flatten(1)))
        return logits


def _convolution(channels: int, features: int) -> nn.Sequential:
    # The normalisation's own shift makes a bias of the convolution redundant.
    return nn.Sequential(
        nn.Conv2d(channels, features, kernel_size=3, padding=1, bias=False),
        nn.BatchNorm2d(features),
        nn.ReLU(),
    )

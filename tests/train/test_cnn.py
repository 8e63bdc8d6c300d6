"""The small convolutional network."""

from __future__ import annotations

import pytest
import torch

from xent.train.models.cnn import SmallCNN


# 4 is the smallest side; 9 and 7 are halved with a rest; three channels as in colour images.
@pytest.mark.parametrize(("channels", "height", "width"), [(1, 8, 8), (1, 4, 4), (3, 9, 7)])
def test_images_become_logits(channels: int, height: int, width: int) -> None:
    model = SmallCNN(channels, height, width, classes=5)
    assert model(torch.zeros(2, channels, height, width)).shape == (2, 5)


def test_dropout_is_off_in_eval_mode() -> None:
    torch.manual_seed(0)
    model = SmallCNN(1, 8, 8, classes=5, dropout=0.5)
    images = torch.randn(3, 1, 8, 8)
    assert not torch.equal(model(images), model(images))
    model.eval()
    assert torch.equal(model(images), model(images))

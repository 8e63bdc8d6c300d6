"""The handwritten digits that ship inside scikit-learn: 1,797 real images, 8x8, ten classes."""

from __future__ import annotations

import torch
from sklearn.datasets import load_digits

from .labelled import LabelledImages


def load() -> LabelledImages:
    """All images, (1797, 1, 8, 8) in [0, 1], in scikit-learn's order.

    Source: E. Alpaydin, C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository.
    """
    digits = load_digits()
    # Ink is counted from 0 to 16 in each pixel.
    images = torch.as_tensor(digits.images, dtype=torch.float32).unsqueeze(1) / 16
    labels = torch.as_tensor(digits.target, dtype=torch.int64)
    return LabelledImages(images, labels, tuple(str(name) for name in digits.target_names))

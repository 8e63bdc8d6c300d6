"""The data sets that ship inside scikit-learn: real, small, and there without a download."""

from __future__ import annotations

from importlib import import_module

from ....extras import require
from ..records.arrays import ArrayRecords

# All from the UCI Machine Learning Repository: E. Alpaydin, C. Kaynak, Optical Recognition of Handwritten Digits;
# W. Wolberg et al., Breast Cancer Wisconsin (Diagnostic); M. Forina et al., Wine.
BUNDLED = ("digits", "breast_cancer", "wine")


def load(name: str) -> ArrayRecords:
    """The rows of one of `BUNDLED`."""
    require("train")
    bunch = getattr(import_module("sklearn.datasets"), f"load_{name}")()
    classes = [str(label) for label in bunch.target_names]
    if name == "digits":
        # Ink is counted from 0 to 16 in each pixel.
        return ArrayRecords(bunch.images.astype("float32") / 16, bunch.target, name, classes)
    return ArrayRecords(bunch.data, bunch.target, name, classes, [str(feature) for feature in bunch.feature_names])

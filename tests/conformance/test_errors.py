"""Calls that torch refuses are refused with the same type and text."""

import torch

from .material import error_cases
from .subject import FUNCTIONS, over
from .sweep import sweep

REFUSING = [name for name in FUNCTIONS if "linear" in name] + ["CrossEntropyLoss", "NLLLoss", "LinearCrossEntropyLoss"]


@over(REFUSING)
def test_errors(name: str) -> None:
    samples = error_cases(name, torch.float32)
    assert samples
    sweep("error", samples)

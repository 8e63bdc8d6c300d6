"""Properties of modules alone: torch's own oracle, checkpoints, copies."""

import pytest
import torch

from .material import cases
from .subject import MODULES, over
from .sweep import sweep


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=["float64", "float32"])
@over(MODULES)
def test_reference(name: str, dtype: torch.dtype) -> None:
    """In the dtypes of ModuleInfo: the oracle itself computes at the sample's dtype, so 16 bits tell nothing."""
    sweep("reference", cases(name, dtype))


@over(MODULES)
def test_restored(name: str) -> None:
    sweep("restored", cases(name, torch.float32))

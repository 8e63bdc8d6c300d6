"""Every sample of torch's OpInfo and ModuleInfo tables, at every dtype: values, gradients, purity, strides."""

import pytest
import torch

from .material import FLOATS, OTHERS, cases
from .subject import SUBJECTS, over
from .sweep import sweep


def _short(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


@pytest.mark.parametrize("dtype", FLOATS, ids=_short)
@over(SUBJECTS)
@pytest.mark.parametrize("check", ["value", "gradient", "purity"])
def test_samples(check: str, name: str, dtype: torch.dtype) -> None:
    sweep(check, cases(name, dtype))


# One dtype of 32 bits and one of 16: float64 and float16 are read with the same strides.
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=_short)
@over(SUBJECTS)
def test_strides(name: str, dtype: torch.dtype) -> None:
    sweep("strides", cases(name, dtype))


# Torch's own warning, at the first cast in a process, whoever writes it.
@pytest.mark.filterwarnings("ignore:Casting complex values to real:UserWarning")
@pytest.mark.parametrize("dtype", OTHERS, ids=_short)
@pytest.mark.parametrize("check", ["value", "purity"])
def test_log_softmax_of_other_dtypes(check: str, dtype: torch.dtype) -> None:
    sweep(check, cases("log_softmax.with_dtype", dtype))

"""Settings under which the GPU kernels are tested: on the CPU, by Triton's interpreter."""

import warnings
from collections.abc import Iterator

import numpy as np
import pytest

from ...backend import each
from ...functional.conftest import kernels_only
from . import interpreter

__all__ = ["backend", "interpreter", "kernels_only", "quiet"]

backend = each("triton")


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Log of 0, or the maximum of NaN, are silent on a GPU; in the interpreter NumPy warns."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield

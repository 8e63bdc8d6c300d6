"""Triton's interpreter for the kernels: tests/conftest.py has asked for it before anything imported Triton."""

import os

import pytest

pytest.importorskip("triton", reason="Triton is not installed")
assert os.environ.get("TRITON_INTERPRET") == "1"

from . import rounding  # noqa: E402

__all__ = ["rounding"]

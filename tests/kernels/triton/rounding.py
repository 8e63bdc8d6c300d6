"""Triton's interpreter put right where it errs; imported after TRITON_INTERPRET=1 is set."""

from __future__ import annotations

from typing import Any

import numpy as np
from triton import language as tl
from triton.runtime import interpreter


def _rounded(inner: Any) -> Any:
    """float32 to bfloat16 to the nearest, as every GPU does it: the interpreter cuts the digits off."""

    def convert(values: Any, source: Any, to: Any, rounding: Any) -> Any:
        if source != tl.float32 or to != tl.bfloat16:
            return inner(values, source, to, rounding)
        bits = np.ascontiguousarray(values).view(np.uint32)
        nearest = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
        return np.where(np.isnan(np.asarray(values).view(np.float32)), 0x7FC0, nearest).astype(np.uint16)

    return convert


interpreter._convert_float = _rounded(interpreter._convert_float)

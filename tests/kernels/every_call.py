"""Every named instance as a call, and all that comes out of a call."""

from typing import Any

import pytest
import torch
from torch import Tensor

from ..cases import LINEAR, SIGMOID, SOFTMAX
from ..functional.check import result
from ..values import Call

SOFTMAX_ONLY = {"label_smoothing", "smoothing_weight", "z_loss", "softcap", "temperature"}


def calls(dtype: torch.dtype) -> list[Any]:
    """Every named instance at one dtype."""
    found = [("cross_entropy", case) for case in SOFTMAX]
    found += [("nll_loss", case) for case in SOFTMAX if case.by_index and not SOFTMAX_ONLY & set(case.options)]
    for name in ("binary_cross_entropy_with_logits", "binary_cross_entropy"):
        found += [(name, case) for case in SIGMOID if (case.values == "edges") <= (name == "binary_cross_entropy")]
    made = [(f"{name}-{case.name}", case.call(dtype, name)) for name, case in found if case.fits(dtype)]
    made += [(f"linear_cross_entropy-{case.name}", case.call(dtype)) for case in LINEAR]
    return [pytest.param(call, id=name) for name, call in made]


def run(call: Call) -> list[Tensor]:
    """Losses, gradients and stats of a call, summed and not."""
    values: list[Tensor] = []
    for reduction in ("mean",) if "normalizer" in call.arguments else ("none", "mean"):
        loss, slopes = result(call, "ours", reduction)
        values += [loss, *slopes.values()]
    if call.function not in ("nll_loss", "binary_cross_entropy"):
        values += [value for value in call.ours(return_stats=True)[1] if value is not None]
    return values

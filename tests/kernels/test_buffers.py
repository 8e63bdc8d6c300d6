"""Kernels overwrite their buffers completely, and nothing else."""

import pytest
import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

from ..ops.recorder import poisoned, recorded, written
from ..values import Call
from .every_call import calls, run


@pytest.mark.parametrize("call", calls(torch.float32) + calls(torch.bfloat16))
def test_buffers_are_overwritten_completely(call: Call) -> None:
    """Buffers hold the result after, whatever they held before, and what is no buffer keeps its bits."""
    with recorded() as operators:
        run(call)
    assert operators
    for operator, arguments in operators:
        again = poisoned((operator, arguments))
        given = [x for x in tree_leaves(arguments) if isinstance(x, Tensor)]
        copies = [x.clone() for x in given]
        operator(*again[1])
        pairs = zip(tree_leaves(written(again)), tree_leaves(written((operator, arguments))), strict=True)
        for got, expected in [*pairs, *zip(given, copies, strict=True)]:
            if expected is not None:
                torch.testing.assert_close(got, expected, rtol=0, atol=0, equal_nan=True)

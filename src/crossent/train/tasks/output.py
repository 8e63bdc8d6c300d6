"""The logits in what a model returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from torch import Tensor

from ..errors import ModelError

_NAMES = ("logits", "out", "output", "outputs", "prediction", "predictions", "scores")


class Members(NamedTuple):
    """An ensemble's output: the logits of its M members, (M, N, K). In training each has a loss of its own."""

    each: Tensor


def logits_of(output: Any) -> Tensor:
    """The logits: a tensor itself; `.logits`; of a dict that entry, or the only tensor; of a tuple its first tensor
    that has a row per sample, which a loss before it has not.

    Raises:
        ModelError: there are none, or several tensors could be.
    """
    if isinstance(output, Tensor):
        return output
    # Models of transformers return an object that carries the logits.
    own = getattr(output, "logits", None)
    if isinstance(own, Tensor):
        return own
    if isinstance(output, Mapping):
        tensors = {str(name): value for name, value in output.items() if isinstance(value, Tensor) and value.dim()}
        found = next((tensors[name] for name in _NAMES if name in tensors), None)
        if found is None and len(tensors) == 1:
            (found,) = tensors.values()
        if found is not None:
            return found
        what = f"a {type(output).__name__} with {', '.join(map(str, output)) or 'nothing'}"
    else:
        parts = output if isinstance(output, (tuple, list)) else ()
        found = next((value for value in parts if isinstance(value, Tensor) and value.dim() > 1), None)
        if found is not None:
            return found
        what = f"a {type(output).__name__}"
    raise ModelError(
        f"the model returns {what}, and no logits could be found in it: let its forward return them alone, or first in "
        'a tuple, or as {"logits": …}'
    )

"""Logarithm of the softmax."""

import warnings

import torch
from torch import Tensor

from ..core import checks
from ..core.layout import Layout
from ..core.overrides import overridable
from ..ops.log_softmax import log_softmax as log_softmax_of_classes
from ..ops.log_softmax import serves


@overridable
def log_softmax(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: torch.dtype | None = None
) -> Tensor:
    """Logarithm of the softmax along `dim`: ``y_c = z_c − log Σ_k exp(z_k)``.

    Args:
        input: logits z of any shape, floating point (or any dtype that `dtype` replaces).
        dim: the class axis. None is torch's deprecated guess: axis 0 for 0-, 1- and 3-d inputs, else 1, with a warning.
        dtype: convert the input to this dtype first, as against overflow.

    Returns:
        Log-probabilities in nats, of input's shape, and of `dtype` or input's dtype.

    Raises:
        IndexError: `dim` is not an axis of input.
        NotImplementedError, TypeError: the input is not a floating point tensor.

    Source: `torch.nn.functional.log_softmax`, which serves what has no kernel here.

    Example::

        >>> import torch, crossent
        >>> crossent.functional.log_softmax(torch.tensor([[0.0, 0.0], [1.0, 0.0]]), dim=1)
        tensor([[-0.6931, -0.6931],
                [-0.3133, -1.3133]])
    """
    input = checks.tensor("input", input, "logits") if dtype else checks.floating("input", input, "logits")
    if dim is None:
        dim = 0 if input.dim() in (0, 1, 3) else 1
        warnings.warn(
            "Implicit dimension choice for log_softmax has been deprecated. Change the call to include dim=X as an "
            f"argument: for this input {tuple(input.shape)} it has chosen dim={dim}.",
            stacklevel=_stacklevel,
        )
    logits = input if dtype is None else input.to(dtype)
    if not (-logits.dim() <= dim < logits.dim() and serves(logits, dim)):
        return torch.log_softmax(input, dim, dtype=dtype)
    layout = Layout.of(logits, dim % logits.dim())
    return layout.restore_classes(log_softmax_of_classes(layout.classes(logits)))

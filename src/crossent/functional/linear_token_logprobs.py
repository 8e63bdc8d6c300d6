"""Log-probabilities of tokens, with entropy and lse, of a linear layer's logits, without the logits."""

from typing import Any

from torch import Tensor
from torch.nn.functional import linear

from ..core import checks
from ..core.dtypes import cast_as_linear
from ..core.linear_options import LinearOptions
from ..core.overrides import overridable
from ..core.stats import TokenLogprobs
from ..ops.token_logprobs import linear_token_logprobs as logprobs_of
from .token_logprobs import token_logprobs


@overridable
def linear_token_logprobs(
    input: Tensor,
    linear_weight: Tensor,
    target: Tensor,
    *,
    linear_bias: Tensor | None = None,
    ignore_index: int = -100,
    softcap: float | None = None,
    temperature: float | Tensor = 1.0,
    options: Any = None,
) -> TokenLogprobs:
    """``token_logprobs(linear(input, linear_weight, linear_bias), target)`` that never holds all the logits.

    The logits exist for one block of rows at a time, and those of as many rows as the memory budget lets are kept for
    the backward pass: three products in all where all logits fit the budget, up to four where none are left of it.

    Args:
        input: features ``(N, D)``.
        linear_weight: ``(C, D)``.
        target: class indices ``(N,)`` of any integer dtype.
        linear_bias: ``(C,)``.
        options: `crossent.LinearOptions`.
        ignore_index, softcap, temperature: as in `token_logprobs`. A temperature that asks for a gradient builds the
            logits.

    Returns:
        `crossent.TokenLogprobs`, a named tuple of ``(N,)`` tensors, in nats: float32, or float64 for float64 features.

    Raises:
        IndexError: a class index is neither in [0, C) nor `ignore_index`.
        RuntimeError, ValueError, TypeError: shapes, dtypes or options do not fit; the text says what to write.

    Source: as `token_logprobs` and `linear_cross_entropy`.

    Example::

        >>> import torch, crossent
        >>> x, head, y = torch.eye(2, 3), torch.eye(4, 3), torch.tensor([0, 3])
        >>> crossent.functional.linear_token_logprobs(x, head, y).logprobs
        tensor([-0.7437, -1.7437])
    """
    spec, divisor = checks.softmax_spec(softcap, temperature, ignore_index)
    options = LinearOptions.of(options)

    checks.linear_tensors(input, linear_weight, linear_bias)
    checks.linear_matrix(input, linear_weight)
    like_logits = input.new_empty(()).expand(len(input), len(linear_weight))
    target = checks.index_target(like_logits, target, 1)
    if divisor is not None:
        logits = linear(input, linear_weight, linear_bias)
        return token_logprobs(logits, target, ignore_index=ignore_index, softcap=softcap, temperature=divisor)

    x, head, bias = cast_as_linear(input, linear_weight, linear_bias)
    try:
        return TokenLogprobs(*logprobs_of(x, head, bias, target, spec, options))
    except IndexError as error:
        raise checks.label_error(target, len(linear_weight), ignore_index) or error from None

"""Log-probabilities of tokens, with entropy and lse."""

from torch import Tensor

from ..core import checks
from ..core.layout import Layout
from ..core.overrides import overridable
from ..core.spec import divided
from ..core.stats import TokenLogprobs
from ..ops.token_logprobs import token_logprobs as logprobs_of


@overridable
def token_logprobs(
    input: Tensor,
    target: Tensor,
    *,
    ignore_index: int = -100,
    dim: int = 1,
    softcap: float | None = None,
    temperature: float | Tensor = 1.0,
) -> TokenLogprobs:
    r"""The log-probability of each target, the entropy of each prediction and the lse, in one pass over the logits.

    ``logprobs_i = z[i, y_i] − lse_i``, ``entropy_i = −Σ_c p_ic · log p_ic`` with ``p = softmax(z)``, and
    ``lse_i = log Σ_c exp(z_ic)``. All three are differentiable, to any order: the ratios, KL estimates and entropy
    bonuses of policy gradients need no softmax of the size of the logits. 0 · (−inf) is 0: a class masked with −inf has
    no part in the entropy.

    Args:
        input: logits z, floating point, ``(C,)``, ``(N, C)`` or ``(N, C, d1, …, dK)``; other places of the class axis
            with `dim`.
        target: class indices y of any integer dtype, the shape of input without its class axis.
        ignore_index: the class index that marks positions that do not count: all three are 0 there, and have no
            gradient.
        dim: the class axis of input; ``dim=-1`` for (N, L, C).
        softcap, temperature: as in `cross_entropy`.

    Returns:
        `crossent.TokenLogprobs`, a named tuple of the shape of target each, in nats: float32, or float64 for float64
        logits.

    Raises:
        IndexError: a class index is neither in [0, C) nor `ignore_index`.
        RuntimeError, ValueError, TypeError: shapes, dtypes or options do not fit; the text says what to write.

    Source: Shannon 1948 (entropy); the gradients are those of docs/math.md.

    Example::

        >>> import torch, crossent
        >>> logits = torch.tensor([[[2.0, 0.0, 0.0], [0.0, 0.0, 0.0]]])
        >>> crossent.functional.token_logprobs(logits, torch.tensor([[0, 2]]), dim=-1).entropy
        tensor([[0.6656, 1.0986]])
    """
    spec, divisor = checks.softmax_spec(softcap, temperature, ignore_index)

    input = checks.floating("input", input, "logits")
    axis = checks.class_axis(input, dim)
    target = checks.index_target(input, target, axis)

    layout = Layout.of(input, axis)
    logits, spec = divided(layout.classes(input), spec, divisor)
    try:
        found = logprobs_of(logits, layout.positions(target), spec, tuple(target.shape))
    except IndexError as error:
        raise checks.label_error(target, input.shape[axis], ignore_index) or error from None

    return TokenLogprobs(*map(layout.restore, found))

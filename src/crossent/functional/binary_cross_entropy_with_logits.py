"""Binary cross entropy of scores."""

import functools

from torch import Tensor

from ..core import checks
from ..core.dtypes import result_dtype, widened_beside
from ..core.overrides import overridable
from ..core.reduction import Reduction
from ..core.sample_weight import weigh_elements, with_factor
from ..core.spec import sigmoid_spec
from ..core.stats import LossOrStats, binary_stats
from ..ops import small
from ..ops.sigmoid_xent import sigmoid_xent

_SHAPES = "Target size ({target}) must be the same as input size ({input})"


@functools.partial(overridable, small=small.bce_with_logits)
def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
    *,
    sample_weight: Tensor | None = None,
    dim: int | None = None,
    normalizer: float | Tensor | None = None,
    on_empty: str = "nan",
    ignore_index: float | None = None,
    label_smoothing: float = 0.0,
    return_stats: bool = False,
) -> LossOrStats:
    r"""Binary cross entropy between scores (logits) and targets in [0, 1].

    ``loss = w · [(1−t)·x + (1 + (p−1)·t) · (log1p(exp(−|x|)) + max(−x, 0))]`` for score x, target t smoothed to
    ``(1−ε)·t + ε/2``, weight w and positive weight p. "mean" divides the sum by the number of targets that count.

    Args:
        input: scores x, floating point, any shape.
        target: t in [0, 1], the shape of input, any real dtype or bool.
        weight: w, broadcast over input: a tensor of any real dtype, a list or a NumPy array.
        size_average, reduce: deprecated by torch, mapped as torch maps them.
        reduction: "mean", "sum" or "none".
        pos_weight: p, as weight; see `crossent.pos_weights`.
        sample_weight: s, finite and not negative, ``(N,)`` or of input's shape: multiplies the losses as `weight` does,
            and "mean" divides by the sum of s over the targets that count. An element with the weight 0 does not count,
            whatever its score and target hold. Gradients flow to s too.
        dim: the axis that a `weight` or `pos_weight` of length C binds to. None: torch's broadcasting, the last axis.
        normalizer: with "mean", divide by this number or 0-d tensor instead of the number of targets that count.
        on_empty: the "mean" without a valid target: "nan" (torch) or "zero", with gradient 0.
        ignore_index: the target value that marks missing labels; ``float("nan")`` marks NaN targets.
        label_smoothing: ε in [0, 1].
        return_stats: also return `crossent.Stats`; `prediction` is whether the score is positive.

    Returns:
        The loss in nats, of input's dtype (float32 under autocast): 0-d, or of input's shape with "none".

    Raises:
        RuntimeError: a target that counts is outside [0, 1] (torch trains on it in silence), or weights do not fit.
        ValueError, TypeError: shapes, dtypes or options do not fit; the text says what to write.

    Source: `torch.nn.BCEWithLogitsLoss`.

    Example::

        >>> import torch, crossent
        >>> x, t = torch.tensor([[0.0, 2.0]]), torch.tensor([[1, 0]])
        >>> crossent.functional.binary_cross_entropy_with_logits(x, t, reduction="none", pos_weight=[3.0, 1.0])
        tensor([[2.0794, 2.1269]])
    """
    how = Reduction.of(reduction, size_average, reduce, normalizer, on_empty)
    spec = sigmoid_spec(True, ignore_index, label_smoothing)

    input = checks.floating("input", input, "scores")
    target = checks.binary_target(input, target, _SHAPES)
    input = widened_beside(input, target)
    weight = checks.elementwise_weight("weight", weight, input, dim)
    pos_weight = checks.elementwise_weight("pos_weight", pos_weight, input, dim)
    sample = checks.sample_weight(sample_weight, input, input.shape)
    dtype = result_dtype(input, target)
    factor, total, how, spec = weigh_elements(sample, target, spec, how)
    target, weight = with_factor(factor, input, target, weight, spec)

    loss, count, _ = sigmoid_xent(input, target, weight, pos_weight, spec, how.operators)

    count = count if total is None else total
    loss = how.finish(loss, count, dtype)
    return (loss, binary_stats(input, target, spec, count)) if return_stats else loss

"""Cross entropy of a linear layer's logits, without the logits."""

import math
from typing import Any

from torch import Tensor
from torch.nn.functional import linear

from ..core import checks
from ..core.dtypes import accumulate_dtype, cast_as_linear, result_dtype
from ..core.layout import Layout
from ..core.linear_options import LinearOptions
from ..core.overrides import overridable
from ..core.reduction import Reduction
from ..core.sample_weight import weigh_classes
from ..core.stats import LossOrStats, class_stats
from ..ops.linear_xent import linear_xent
from .cross_entropy import cross_entropy


@overridable
def linear_cross_entropy(
    input: Tensor,
    linear_weight: Tensor,
    target: Tensor | tuple[Tensor, ...],
    *,
    linear_bias: Tensor | None = None,
    weight: Tensor | None = None,
    reduction: str = "mean",
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    options: Any = None,
    sample_weight: Tensor | None = None,
    normalizer: float | Tensor | None = None,
    on_empty: str = "nan",
    smoothing_weight: str = "class",
    z_loss: float = 0.0,
    softcap: float | None = None,
    temperature: float | Tensor = 1.0,
    return_stats: bool = False,
) -> LossOrStats:
    """``cross_entropy(linear(input, linear_weight, linear_bias), target)`` that never holds all the logits.

    The logits exist for one block of rows at a time, forward and backward, whatever the options: smoothing,
    probabilities, class weights, K-dimensional targets. Derivatives beyond the first, forward AD and `torch.func` are
    right too; they build the logits.

    Args:
        input: features ``(D,)`` or ``(N, D)``.
        linear_weight: ``(C, D)``, or ``(C, d1, …, dK, D)`` for K-dimensional targets.
        target: class indices ``()``, ``(N,)`` or ``(N, d1, …, dK)`` of any integer dtype, or probabilities ``(C,)``,
            ``(N, C)`` or ``(N, C, d1, …, dK)``, or a tuple of K ids of each position and their probabilities, with or
            without a tail mass, as in `cross_entropy`.
        linear_bias: ``(C,)`` or ``(C, d1, …, dK)``.
        ignore_index: the class index that marks positions that do not count; None is −100.
        options: `crossent.LinearOptions`, or torch's `LinearCrossEntropyOptions`, of which the chunk size counts.
        weight, reduction, sample_weight, label_smoothing, normalizer, on_empty, smoothing_weight, z_loss, softcap:
            as in `cross_entropy`.
        temperature, return_stats: the same. A temperature that asks for a gradient builds the logits.

    Returns:
        The loss in nats, of input's dtype (float32 under autocast): 0-d, or one per position with "none".

    Raises:
        IndexError: a class index is neither in [0, C) nor `ignore_index`.
        RuntimeError, ValueError, TypeError: shapes, dtypes or options do not fit; the text says what to write.

    Source: `torch.nn.functional.linear_cross_entropy` of torch 2.13.

    Example::

        >>> import torch, crossent
        >>> x, head, y = torch.eye(2, 3), torch.eye(4, 3), torch.tensor([0, 3])
        >>> crossent.functional.linear_cross_entropy(x, head, y)
        tensor(1.2437)
    """
    how = Reduction.of(reduction, None, None, normalizer, on_empty)
    ignored = -100 if ignore_index is None else ignore_index
    spec, divisor = checks.softmax_spec(softcap, temperature, ignored, label_smoothing, smoothing_weight, z_loss)
    options = LinearOptions.of(options)

    checks.linear_tensors(input, linear_weight, linear_bias)
    shape = (*input.shape[:-1], *linear_weight.shape[:-1])
    if divisor is not None:
        logits = linear(input, linear_weight.flatten(0, -2), None if linear_bias is None else linear_bias.flatten())
        return cross_entropy(
            logits.unflatten(-1, linear_weight.shape[:-1]), target, weight, None, ignored, None, reduction,
            label_smoothing, sample_weight=sample_weight, normalizer=normalizer, on_empty=on_empty,
            smoothing_weight=smoothing_weight, z_loss=z_loss, softcap=softcap, temperature=divisor,
            return_stats=return_stats,
        )  # fmt: skip
    like_logits = input.new_empty(()).expand(shape)
    axis = 0 if input.dim() == 1 else 1
    given = checks.linear_target(like_logits, target, axis, ignore_index)
    partners = given.partners(weight)
    weight = checks.class_weight(weight, like_logits, axis)
    sample = checks.sample_weight(sample_weight, like_logits, shape[:axis] + shape[axis + 1 :])
    values, factor, total, how = weigh_classes(sample, given.values, weight, ignored, shape[axis], how, axis)

    inner = (shape[axis], math.prod(shape[axis + 1 :])) if len(shape) > 2 else (shape[axis],)
    layout = Layout(shape, axis, "planes" if len(shape) > 2 else "rows")
    x, head, bias = cast_as_linear(input if axis else input.unsqueeze(0), linear_weight.flatten(0, -2), linear_bias)
    factor = None if factor is None else layout.positions(factor)
    try:
        laid_out = given.laid_out(values, layout, weight, spec, accumulate_dtype(x.dtype))
        result = linear_xent(x, head, bias, laid_out, factor, inner, options, how.operators, return_stats)
    except IndexError as error:
        raise checks.target_error(given._replace(values=values), shape[axis], ignored, axis, factor) or error from None

    each = layout.restore(result.loss) if how.operators == "none" else result.loss
    total = result.total if total is None else total
    loss = how.finish(each, total, result_dtype(x, *partners))
    return (loss, class_stats(result.stats, layout, total, given, factor)) if return_stats else loss

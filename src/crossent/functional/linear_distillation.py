"""Divergence of a linear layer's predictions from a teacher's, without the logits."""

from typing import Any

from torch import Tensor
from torch.nn.functional import linear

from ..core import checks
from ..core.dtypes import cast_as_linear, result_dtype
from ..core.linear_options import LinearOptions
from ..core.overrides import overridable
from ..core.reduction import Reduction
from ..core.sample_weight import weigh_classes
from ..ops.linear_distillation import linear_distillation as divergence
from .distillation import distillation


@overridable
def linear_distillation(
    input: Tensor,
    linear_weight: Tensor,
    teacher: Tensor | tuple[Tensor, ...],
    *,
    linear_bias: Tensor | None = None,
    temperature: float | Tensor = 1.0,
    reduction: str = "mean",
    sample_weight: Tensor | None = None,
    normalizer: float | Tensor | None = None,
    on_empty: str = "nan",
    options: Any = None,
) -> Tensor:
    """``distillation(linear(input, linear_weight, linear_bias), teacher)`` that never holds all the logits.

    The logits exist for one block of rows at a time, those of a teacher that is given as a head too. Its features may
    have another size than the student's.

    Args:
        input: the student's features ``(N, D)``.
        linear_weight: the student's head ``(C, D)``.
        teacher: logits ``(N, C)``; or a tuple of features ``(N, E)``, a head ``(C, E)`` and maybe a bias ``(C,)``.
        linear_bias: ``(C,)``.
        options: `crossent.LinearOptions`.
        temperature, reduction, sample_weight, normalizer, on_empty: as in `distillation`. A temperature that asks for a
            gradient builds the logits of both, a teacher that does those too.

    Returns:
        The loss in nats, of input's dtype (float32 under autocast): 0-d, or one per position with "none".

    Raises:
        RuntimeError, ValueError, TypeError: shapes, dtypes or options do not fit; the text says what to write.

    Source: as `distillation` and `linear_cross_entropy`.

    Example::

        >>> import torch, crossent
        >>> x, head, teacher = torch.eye(2, 3), torch.eye(4, 3), (torch.eye(2), torch.eye(4, 2) * 2)
        >>> crossent.functional.linear_distillation(x, head, teacher)
        tensor(0.1141)
    """
    how = Reduction.of(reduction, None, None, normalizer, on_empty)
    spec, divisor = checks.softmax_spec(None, temperature, -100)
    options = LinearOptions.of(options)

    checks.linear_tensors(input, linear_weight, linear_bias)
    checks.linear_matrix(input, linear_weight)
    like_logits = input.new_empty(()).expand(len(input), len(linear_weight))
    theirs = checks.teacher_layer(like_logits, teacher)
    if divisor is not None:
        logits = theirs[0] if theirs[1] is None else linear(theirs[0], theirs[1], theirs[2])
        return distillation(
            linear(input, linear_weight, linear_bias), logits, temperature=divisor, reduction=reduction,
            sample_weight=sample_weight, normalizer=normalizer, on_empty=on_empty,
        )  # fmt: skip
    sample = checks.sample_weight(sample_weight, like_logits, like_logits.shape[:1])
    marks = theirs[0] if theirs[0].shape[1:].numel() else like_logits
    _, factor, total, how = weigh_classes(sample, marks, None, -100, len(linear_weight), how)

    x, head, bias = cast_as_linear(input, linear_weight, linear_bias)
    if theirs[1] is not None:
        theirs = cast_as_linear(theirs[0], theirs[1], theirs[2])
    rows = divergence(x, head, bias, theirs, factor, spec.transform.temperature, options, how.operators)
    return how.finish(rows.loss, rows.total if total is None else total, result_dtype(x))

"""Negative log likelihood of log-probabilities."""

import functools

from torch import Tensor

from ..core import checks
from ..core.dtypes import result_dtype
from ..core.layout import Layout
from ..core.overrides import overridable
from ..core.reduction import Reduction, reduced
from ..core.sample_weight import times, weigh_classes
from ..core.spec import check_ignore_index
from ..ops import small
from ..ops.nll import nll


@functools.partial(overridable, small=small.nll_loss)
def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    *,
    sample_weight: Tensor | None = None,
    dim: int = 1,
    normalizer: float | Tensor | None = None,
    on_empty: str = "nan",
) -> Tensor:
    """Negative log likelihood: ``loss_i = −w[y_i] · x[i, y_i]``; "mean" divides by ``Σ_i w[y_i]``.

    Args:
        input: log-probabilities x (of `log_softmax`), ``(C,)``, ``(N, C)`` or ``(N, C, d1, …, dK)``; other places of
            the class axis with `dim`. Raw logits belong to `cross_entropy`, which is also faster.
        target: class indices y of any integer dtype, the shape of input without its class axis.
        weight, size_average, ignore_index, reduce, reduction, sample_weight, dim, normalizer, on_empty: as in
            `cross_entropy`.

    Returns:
        The loss in nats, of input's dtype (float32 under autocast): 0-d, or one per position with "none".

    Raises:
        IndexError: a class index is neither in [0, C) nor `ignore_index`.
        RuntimeError, ValueError, TypeError: shapes, dtypes or options do not fit; the text says what to write.

    Source: `torch.nn.NLLLoss`.

    Example::

        >>> import torch, crossent
        >>> log_p = torch.tensor([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1]]).log()
        >>> crossent.functional.nll_loss(log_p, torch.tensor([0, 1]))
        tensor(0.4581)
    """
    how = Reduction.of(reduction, size_average, reduce, normalizer, on_empty)
    check_ignore_index(ignore_index)

    input = checks.floating("input", input, "log-probabilities")
    axis = checks.class_axis(input, dim)
    target = checks.index_target(input, target, axis)
    weight = checks.class_weight(weight, input, axis)
    sample = checks.sample_weight(sample_weight, input, target.shape)
    target, factor, total, how = weigh_classes(sample, target, weight, ignore_index, input.shape[axis], how)

    kernels = how.operators if factor is None else "none"
    try:
        layout = Layout.of(input, axis)
        rows = nll(layout.classes(input), layout.positions(target), weight, ignore_index, kernels)
    except IndexError as error:
        raise checks.label_error(target, input.shape[axis], ignore_index) or error from None

    loss = layout.restore(rows.loss) if kernels == "none" else rows.loss
    if factor is not None:
        loss = reduced(times(factor, loss), rows.total, how.operators)
    return how.finish(loss, rows.total if total is None else total, result_dtype(input))

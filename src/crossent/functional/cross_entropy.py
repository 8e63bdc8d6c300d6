"""Softmax cross entropy of logits."""

import functools
from typing import Any

import torch
from torch import Tensor

from ..core import checks
from ..core.dtypes import accumulate_dtype, result_dtype, widened_beside
from ..core.layout import Layout
from ..core.overrides import overridable
from ..core.reduction import Reduction
from ..core.sample_weight import weigh_classes
from ..core.spec import divided
from ..core.stats import LossOrStats, class_stats
from ..ops import small
from ..ops.softmax_xent import softmax_xent


def _distributed(*args: Any, **kwargs: Any) -> Tensor | None:
    # Only where a DTensor has come, torch.distributed is needed.
    if torch.compiler.is_compiling() or not hasattr(args[1], "device_mesh"):
        return None
    from ..parallel.dtensor import distributed_cross_entropy

    return distributed_cross_entropy(*args, **kwargs)


@functools.partial(overridable, distributed=_distributed, small=small.cross_entropy)
def cross_entropy(
    input: Tensor,
    target: Tensor | tuple[Tensor, ...],
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
    *,
    sample_weight: Tensor | None = None,
    dim: int = 1,
    normalizer: float | Tensor | None = None,
    on_empty: str = "nan",
    smoothing_weight: str = "class",
    z_loss: float = 0.0,
    softcap: float | None = None,
    temperature: float | Tensor = 1.0,
    return_stats: bool = False,
    inplace_backward: bool = False,
) -> LossOrStats:
    r"""Cross entropy between logits and class indices or class probabilities.

    For a position with logits z, ``lse = log Σ_c exp(z_c)``, class weights w and label smoothing ε:

    - class index y: ``loss_i = (1−ε) · w_y · (lse − z_y) + (ε/C) · Σ_c w_c · (lse − z_c)``, and
      ``"mean"`` divides the sum by ``Σ_i w[y_i]`` over the targets that count;
    - probabilities p: ``loss_i = Σ_c w_c · ((1−ε) · p_c + ε/C) · (lse − z_c)``, and ``"mean"`` divides by the number
      of positions. Gradients flow to p too;
    - a tuple of ids and their probabilities: the same loss, without the probabilities of all C classes. With a tail
      mass as its third entry every class that is not listed has an equal share of that.

    Sample weights s multiply the loss of each position, and ``"mean"`` divides by ``Σ_i s_i · w[y_i]``, or ``Σ_i s_i``.

    ``0 · (−inf)`` is 0 here: a class masked with −inf costs nothing where it has no target mass.

    Args:
        input: logits, floating point, ``(C,)``, ``(N, C)`` or ``(N, C, d1, …, dK)``; other places of the class axis
            with `dim`.
        target: class indices of any integer dtype, the shape of input without its class axis; or class probabilities,
            floating point, of the shape of input, of which a row of NaN marks a position that does not count; or a
            tuple ``(ids, probabilities)`` of ``(N, K)``, or ``(N, K, d1, …, dK)``, K classes of each position: ids of
            any integer dtype, negative ones are not there and equal ones add up; and maybe a third tensor, the tail
            mass, of the shape of an index target.
        weight: w, ``(C,)``: a tensor of any real dtype, a list or a NumPy array.
        size_average, reduce: deprecated by torch, mapped as torch maps them.
        ignore_index: the class index that marks positions that do not count.
        reduction: "mean", "sum" or "none".
        label_smoothing: ε in [0, 1].
        sample_weight: s, finite and not negative, ``(N,)`` or one per position: the shape of an index target. A
            position with the weight 0 does not count, whatever its logits and target hold. Gradients flow to s too.
        dim: the class axis of input: ``dim=-1`` serves (N, L, C) and (N, H, W, C).
        normalizer: with "mean", divide by this number or 0-d tensor instead of the batch's own weight
            (see `crossent.functional.normalizer`).
        on_empty: the "mean" of a batch without a valid target: "nan" (torch) or "zero", with gradient 0.
        smoothing_weight: "class" is torch's rule above. "target": ``w_y`` multiplies the whole smoothed loss, so that
            smoothing can never make a wrong class optimal (pytorch#104776).
        z_loss: adds ``z_loss · lse²`` to each position that counts.
        softcap: logits become ``softcap · tanh(z / softcap)``.
        temperature: and are divided by this number > 0, or by a 0-d tensor, to which gradients flow.
        return_stats: also return `crossent.Stats`.
        inplace_backward: let the backward pass write the gradient over `input`, which saves as much memory as the
            logits take. Autograd refuses whoever needs the logits after that: a second backward pass of this loss, or
            an operation before it that keeps its result, such as tanh (a linear layer does not).

    Returns:
        The loss in nats, of input's dtype (float32 under autocast): 0-d, or one per position with "none".
        Sums are kept in float32 for 16- and 32-bit inputs and in float64 for 64-bit ones.

    Raises:
        IndexError: a class index is neither in [0, C) nor `ignore_index`.
        RuntimeError, ValueError, TypeError: shapes, dtypes or options do not fit; the text says what to write.

    On a GPU a class index out of range does not raise here, for that would mean to wait for the device: the loss of its
    position is NaN, its gradient 0, and the next loss, or `crossent.check()`, raises the IndexError.

    Source: Szegedy et al. 2016, arXiv:1512.00567 (smoothing); Chowdhery et al. 2022, arXiv:2204.02311 (z-loss).

    Example::

        >>> import torch, crossent
        >>> logits = torch.tensor([[2.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
        >>> crossent.functional.cross_entropy(logits, torch.tensor([0, 2]))
        tensor(0.8955)
        >>> crossent.functional.cross_entropy(logits, torch.tensor([0, 2]), [1.0, 1.0, 4.0], reduction="none")
        tensor([0.2395, 6.2058])
        >>> ids, p = torch.tensor([[0, 1], [1, 2]]), torch.tensor([[0.8, 0.1], [0.5, 0.4]])
        >>> crossent.functional.cross_entropy(logits, (ids, p, 1 - p.sum(1)))
        tensor(0.8455)
    """
    how = Reduction.of(reduction, size_average, reduce, normalizer, on_empty)
    options = ignore_index, label_smoothing, smoothing_weight, z_loss
    spec, divisor = checks.softmax_spec(softcap, temperature, *options)

    input = checks.floating("input", input, "logits")
    axis = checks.class_axis(input, dim)
    given = checks.class_target(input, target, axis, ignore_index)
    if inplace_backward:
        checks.can_be_overwritten(input)
    partners = given.partners(weight)
    input = widened_beside(input, *partners)
    weight = checks.class_weight(weight, input, axis)
    sample = checks.sample_weight(sample_weight, input, input.shape[:axis] + input.shape[axis + 1 :])
    values, factor, total, how = weigh_classes(sample, given.values, weight, ignore_index, input.shape[axis], how, axis)

    layout = Layout.of(input, axis)
    factor = None if factor is None else layout.positions(factor)
    try:
        logits, spec = divided(layout.classes(input), spec, divisor)
        laid_out = given.laid_out(values, layout, weight, spec, accumulate_dtype(input.dtype))
        rows = softmax_xent(logits, laid_out, factor, how.operators, return_stats, given.places(), inplace_backward)
    except IndexError as error:
        raise (
            checks.target_error(given._replace(values=values), input.shape[axis], ignore_index, axis, factor) or error
        ) from None

    loss = layout.restore(rows.loss) if how.kind == "none" else rows.loss
    total = rows.total if total is None else total
    loss = how.finish(loss, total, result_dtype(input, *partners))
    return (loss, class_stats(rows.stats, layout, total, given, factor)) if return_stats else loss

"""Softmax cross entropy of logits whose classes are split over ranks."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from ..core import checks
from ..core.dtypes import result_dtype
from ..core.layout import Layout
from ..core.spec import divided
from ..ops._autograd import under_grad_mode
from .arguments import Given, Options, replicated
from .parts import losses, write_gradient
from .parts import whole as whole_of
from .shard import Masses, Shard, Whole


def cross_entropy(
    local_logits: Tensor,
    target: Tensor | tuple[Tensor, ...],
    weight: Tensor | None = None,
    *,
    group: Any = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
    sample_weight: Tensor | None = None,
    dim: int = 1,
    normalizer: float | Tensor | None = None,
    on_empty: str = "nan",
    smoothing_weight: str = "class",
    z_loss: float = 0.0,
    softcap: float | None = None,
    temperature: float | Tensor = 1.0,
) -> Tensor:
    """Cross entropy of logits of which each rank of a process group holds some classes.

    ``crossent.functional.cross_entropy`` of the logits of all ranks side by side, in the order of the ranks, with the
    same value on every rank. No rank ever has more than its own logits: the ranks exchange four or five numbers per
    position, forward, and nothing backward. The backward pass gives each rank the gradient of its own logits.

    Args:
        local_logits: this rank's logits, ``(N, C_r)`` or ``(N, C_r, d1, …)``, or with the classes on axis `dim`; the
            number of classes may differ from rank to rank, and be 0.
        target: class indices among the classes of all ranks; or a tuple ``(ids, probabilities)`` of such, maybe with a
            tail mass, as in `crossent.functional.cross_entropy`. The same on every rank, and without a gradient.
        weight: class weights of this rank's classes, ``(C_r,)``; on every rank or on none.
        group: the `torch.distributed` process group; None is the default one.
        ignore_index, reduction, sample_weight, normalizer, on_empty, smoothing_weight, z_loss, softcap, temperature:
            as in `crossent.functional.cross_entropy`, and the same on every rank.
        label_smoothing: the same; it is spread over the classes of all ranks.

    Returns:
        The loss in nats, of the dtype of the logits (float32 under autocast): 0-d, or one per position with "none".

    Raises:
        RuntimeError: ranks differ in the number of positions, target, options or dtype: on all of them, with one text.
        IndexError: a class index is neither among the classes of all ranks nor `ignore_index`.
        ValueError, TypeError: shapes, dtypes or options do not fit; the text says what to write.

    The gradient is computed once: there are no second derivatives and no forward AD.

    Source: Shoeybi et al. 2019, arXiv:1909.08053.

    Example::

        >>> import torch, crossent.parallel
        >>> store = torch.distributed.HashStore()
        >>> torch.distributed.init_process_group("gloo", store=store, rank=0, world_size=1)
        >>> logits = torch.tensor([[2.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
        >>> crossent.parallel.cross_entropy(logits, torch.tensor([0, 2]))
        tensor(0.8955)
        >>> torch.distributed.destroy_process_group()
    """
    numbers = ignore_index, label_smoothing, smoothing_weight, z_loss
    options = Options.of(reduction, normalizer, on_empty, softcap, temperature, *numbers)
    logits = checks.floating("local_logits", local_logits, "logits")
    layout = Layout.of(logits, checks.class_axis(logits, dim))
    given = Given.of(options, logits, layout, target, weight, sample_weight, group)

    divisor, shard = options.temperature, given.shard
    if divisor is not None:
        divisor = replicated(divisor, shard.ranks)
    laid_out, spec = divided(layout.classes(logits), shard.spec, divisor)
    each = _Loss.apply(*under_grad_mode(laid_out), shard._replace(spec=spec), given.masses)  # type: ignore[no-untyped-call]
    return given.finish(each, result_dtype(logits))


class _Loss(torch.autograd.Function):
    """The loss of each position, from this rank's logits."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, shard: Shard, masses: Masses) -> Tensor:
        whole = whole_of(logits, masses, shard)
        ctx.save_for_backward(logits, *whole, *masses)
        ctx.shard = shard
        return losses(whole, masses, shard)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, g: Tensor) -> Any:
        logits, *rest = ctx.saved_tensors
        whole, masses = Whole(*rest[: len(Whole._fields)]), Masses(*rest[len(Whole._fields) :])
        grad = torch.empty_like(logits)
        write_gradient(logits, whole, masses, g.resolve_neg(), ctx.shard, grad)
        return grad, None, None

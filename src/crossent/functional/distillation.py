"""Divergence of a student from its teacher."""

from torch import Tensor

from ..core import checks
from ..core.dtypes import result_dtype, widened_beside
from ..core.layout import Layout
from ..core.overrides import overridable
from ..core.reduction import Reduction
from ..core.sample_weight import weigh_classes
from ..core.spec import divided_both
from ..ops.distillation import distillation as divergence


@overridable
def distillation(
    student: Tensor,
    teacher: Tensor,
    *,
    temperature: float | Tensor = 1.0,
    reduction: str = "mean",
    sample_weight: Tensor | None = None,
    dim: int = 1,
    normalizer: float | Tensor | None = None,
    on_empty: str = "nan",
) -> Tensor:
    r"""Kullback-Leibler divergence of a student's predictions from its teacher's, in one pass over the logits of both.

    ``loss_i = Σ_c p_ic · (log p_ic − log q_ic)`` with ``p = softmax(teacher / T)`` and ``q = softmax(student / T)``,
    of which neither is ever built. The mean is over positions, as ``"batchmean"`` of torch's `kl_div` is for (N, C)
    logits. The gradient to the student is ``(q − p) / T``: Hinton's factor of ``T²``, which keeps its size when T
    changes, is yours to multiply with.

    Args:
        student: logits, floating point, ``(C,)``, ``(N, C)`` or ``(N, C, d1, …, dK)``; other places of the class axis
            with `dim`.
        teacher: logits of the shape of student; a row of NaN marks a position that does not count. Gradients flow to
            it, if it asks for them, by the formula; else pass it as it comes out of ``torch.no_grad()``.
        temperature: T > 0, a number or a 0-d tensor, to which gradients flow.
        reduction: "mean" (over the positions that count), "sum" or "none" (one loss per position).
        sample_weight, normalizer, on_empty: as in `cross_entropy`.
        dim: the class axis; ``dim=-1`` for (N, L, C).

    Returns:
        The loss in nats, of student's dtype (float32 under autocast): 0-d, or one per position with "none".

    Raises:
        RuntimeError, ValueError, TypeError: shapes, dtypes or options do not fit; the text says what to write.

    Source: Hinton, Vinyals, Dean 2015, arXiv:1503.02531.

    Example::

        >>> import torch, crossent
        >>> student, teacher = torch.tensor([[2.0, 0.0, 0.0]]), torch.tensor([[1.0, 1.0, 0.0]])
        >>> crossent.functional.distillation(student, teacher)
        tensor(0.3775)
        >>> crossent.functional.distillation(student, teacher, temperature=4.0)
        tensor(0.0224)
    """
    how = Reduction.of(reduction, None, None, normalizer, on_empty)
    spec, divisor = checks.softmax_spec(None, temperature, -100)

    student = checks.floating("student", student, "logits")
    axis = checks.class_axis(student, dim)
    teacher = checks.teacher_logits(student, teacher)
    student = widened_beside(student, teacher)
    sample = checks.sample_weight(sample_weight, student, student.shape[:axis] + student.shape[axis + 1 :])
    _, factor, total, how = weigh_classes(sample, teacher, None, -100, student.shape[axis], how, axis)

    layout = Layout.of(student, axis)
    factor = None if factor is None else layout.positions(factor)
    given = divided_both(layout.classes(student), layout.classes(teacher), divisor)
    rows = divergence(*given, factor, spec.transform.temperature, how.operators)

    loss = layout.restore(rows.loss) if how.kind == "none" else rows.loss
    return how.finish(loss, rows.total if total is None else total, result_dtype(student, teacher))

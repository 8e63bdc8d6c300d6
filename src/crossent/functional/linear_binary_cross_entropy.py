"""Binary cross entropy of a linear layer's scores, without the scores."""

from typing import Any

from torch import Tensor

from ..core import checks
from ..core.dtypes import cast_as_linear, result_dtype
from ..core.linear_options import LinearOptions
from ..core.overrides import overridable
from ..core.reduction import Reduction
from ..core.sample_weight import weigh_elements
from ..core.spec import sigmoid_spec
from ..ops.linear_sigmoid_xent import linear_sigmoid_xent

_SHAPES = "Target size ({target}) must be the same as the scores' size ({input})"


@overridable
def linear_binary_cross_entropy(
    input: Tensor,
    linear_weight: Tensor,
    target: Tensor,
    *,
    linear_bias: Tensor | None = None,
    weight: Tensor | None = None,
    pos_weight: Tensor | None = None,
    reduction: str = "mean",
    sample_weight: Tensor | None = None,
    target_format: str = "dense",
    ignore_index: float | None = None,
    label_smoothing: float = 0.0,
    options: Any = None,
    normalizer: float | Tensor | None = None,
    on_empty: str = "nan",
) -> Tensor:
    """``binary_cross_entropy_with_logits(linear(input, linear_weight, linear_bias), target)`` without the N×C scores.

    For multi-label heads of very many classes. The scores exist for one block of rows at a time; with
    ``target_format="indices"`` so does the target matrix, and a row's target is the list of the labels that hold.

    Args:
        input: features ``(N, D)``.
        linear_weight: ``(C, D)``.
        target: dense, ``(N, C)`` in [0, 1] of any real dtype or bool; or as indices, ``(N, K)`` label ids of any
            integer dtype, padded with a negative number such as −1. A label that is listed twice holds once.
        linear_bias: ``(C,)``.
        weight, pos_weight: broadcast over ``(N, C)``: a tensor of length C, a list or a NumPy array.
        reduction: "mean" (over all N·C scores that count), "sum" or "none", which returns ``(N, C)`` losses.
        sample_weight: ``(N,)`` or ``(N, C)``, as in `binary_cross_entropy_with_logits`.
        target_format: "dense" or "indices".
        ignore_index: the value of a dense target that marks missing labels.
        options: `crossent.LinearOptions`.
        label_smoothing, normalizer, on_empty: as in `binary_cross_entropy_with_logits`.

    Returns:
        The loss in nats, of input's dtype (float32 under autocast).

    Raises:
        IndexError: a label id is C or more.
        RuntimeError, ValueError, TypeError: shapes, dtypes or options do not fit; the text says what to write.

    Source: `torch.nn.BCEWithLogitsLoss` of `torch.nn.Linear`.

    Example::

        >>> import torch, crossent
        >>> x, head = torch.eye(2, 3), torch.eye(4, 3)
        >>> labels = torch.tensor([[0, 2], [1, -1]])
        >>> crossent.functional.linear_binary_cross_entropy(x, head, labels, target_format="indices")
        tensor(0.5982)
    """
    how = Reduction.of(reduction, None, None, normalizer, on_empty)
    spec = sigmoid_spec(True, ignore_index, label_smoothing)
    options = LinearOptions.of(options)
    by_labels = checks.target_format(target_format, ignore_index)

    checks.linear_tensors(input, linear_weight, linear_bias)
    checks.linear_matrix(input, linear_weight)
    scores = input.new_empty(()).expand(len(input), len(linear_weight))
    target = checks.label_lists(scores, target) if by_labels else checks.binary_target(scores, target, _SHAPES)
    weight = checks.elementwise_weight("weight", weight, scores, None)
    pos_weight = checks.elementwise_weight("pos_weight", pos_weight, scores, None)

    sample = checks.sample_weight(sample_weight, scores, scores.shape)
    factor, total, how, spec = weigh_elements(sample, target, spec, how)

    x, head, bias = cast_as_linear(input, linear_weight, linear_bias)
    given = x, head, bias, target, weight, pos_weight, factor, spec
    loss, count, _ = linear_sigmoid_xent(*given, by_labels, options, how.operators)
    return how.finish(loss, count if total is None else total, result_dtype(x, target))

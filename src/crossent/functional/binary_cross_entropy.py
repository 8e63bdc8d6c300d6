"""Binary cross entropy of probabilities."""

import functools

from torch import Tensor

from ..core import checks
from ..core.dtypes import result_dtype, widened_beside
from ..core.overrides import overridable
from ..core.reduction import Reduction
from ..core.sample_weight import weigh_elements, with_factor
from ..core.spec import sigmoid_spec
from ..ops import small
from ..ops.sigmoid_xent import sigmoid_xent

_SHAPES = (
    "Using a target size ({target}) that is different to the input size ({input}) is deprecated. "
    "Please ensure they have the same size"
)


@functools.partial(overridable, small=small.bce)
def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    *,
    sample_weight: Tensor | None = None,
    dim: int | None = None,
    normalizer: float | Tensor | None = None,
    on_empty: str = "nan",
    ignore_index: float | None = None,
    label_smoothing: float = 0.0,
) -> Tensor:
    """Binary cross entropy between probabilities and targets in [0, 1].

    ``loss = −w · [t · max(log x, −100) + (1−t) · max(log(1−x), −100)]``, with torch's gradient
    ``w · (x − t) / max(x · (1−x), 1e-12)``. A network whose last layer is a sigmoid learns nothing from a
    confidently wrong sample this way (the sigmoid has rounded to 1): prefer `binary_cross_entropy_with_logits`.

    Args:
        input: probabilities x in [0, 1], floating point, any shape.
        target: t in [0, 1], the shape of input, any real dtype or bool.
        weight, size_average, reduce, reduction, sample_weight: as in `binary_cross_entropy_with_logits`.
        dim, normalizer, on_empty, ignore_index, label_smoothing: the same.

    Returns:
        The loss in nats, of input's dtype: 0-d, or of input's shape with "none".

    Raises:
        RuntimeError: a value of input, or a target that counts, is outside [0, 1]; or this is called under autocast.
        ValueError, TypeError: shapes, dtypes or options do not fit; the text says what to write.

    Source: `torch.nn.BCELoss`.

    Example::

        >>> import torch, crossent
        >>> crossent.functional.binary_cross_entropy(torch.tensor([0.5, 0.9]), torch.tensor([1, 1]))
        tensor(0.3993)
    """
    how = Reduction.of(reduction, size_average, reduce, normalizer, on_empty)
    spec = sigmoid_spec(False, ignore_index, label_smoothing)

    input = checks.floating("input", input, "probabilities")
    checks.no_autocast_of_probabilities(input)
    target = checks.binary_target(input, target, _SHAPES)
    input = widened_beside(input, target)
    weight = checks.elementwise_weight("weight", weight, input, dim)
    sample = checks.sample_weight(sample_weight, input, input.shape)
    dtype = result_dtype(input, target)
    factor, total, how, spec = weigh_elements(sample, target, spec, how)
    target, weight = with_factor(factor, input, target, weight, spec)

    loss, count, _ = sigmoid_xent(input, target, weight, None, spec, how.operators)

    return how.finish(loss, count if total is None else total, dtype)

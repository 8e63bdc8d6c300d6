"""Every message about a tensor argument: what was expected, what came, what to write instead.

Checks of shapes and dtypes run before any kernel and read no values; `labels_in_range` and `in_unit_interval` read
values and are called by the CPU kernels, which have them in cache anyway.
The exception types, and torch's own words where code may match on them, are torch's.
"""

from .binary import (
    binary_target,
    in_unit_interval,
    no_autocast_of_probabilities,
    outside_unit,
    unit_interval_input,
    unit_interval_target,
)
from .common import can_be_overwritten, class_axis, floating, same_device, softmax_spec, tensor
from .linear import label_lists, linear_matrix, linear_options, linear_target, linear_tensors, target_format
from .sparse import class_target, listed_error, target_error
from .targets import (
    StrayLabel,
    class_indices,
    index_target,
    label_error,
    labels_in_range,
    softmax_target,
    stray_label,
)
from .teacher import teacher_layer, teacher_logits
from .weights import (
    class_weight,
    class_weight_shape,
    elementwise_weight,
    finite_weight,
    like,
    real_tensor,
    sample_weight,
    weight_of,
)

__all__ = [
    "StrayLabel",
    "binary_target",
    "can_be_overwritten",
    "class_axis",
    "class_indices",
    "class_target",
    "class_weight",
    "class_weight_shape",
    "elementwise_weight",
    "finite_weight",
    "floating",
    "in_unit_interval",
    "index_target",
    "label_error",
    "label_lists",
    "labels_in_range",
    "like",
    "linear_matrix",
    "linear_options",
    "linear_target",
    "linear_tensors",
    "listed_error",
    "no_autocast_of_probabilities",
    "outside_unit",
    "real_tensor",
    "same_device",
    "sample_weight",
    "softmax_spec",
    "softmax_target",
    "stray_label",
    "target_error",
    "target_format",
    "teacher_layer",
    "teacher_logits",
    "tensor",
    "unit_interval_input",
    "unit_interval_target",
    "weight_of",
]

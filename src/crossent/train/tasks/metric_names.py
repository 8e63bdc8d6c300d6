"""Which figures a validation gives for each task, free of torch: what early stopping and the best weights may watch."""

from __future__ import annotations

# Of all of these higher is better, of "loss" lower. A figure that cannot be computed is NaN, never an improvement.
METRICS: dict[str, tuple[str, ...]] = {
    "multiclass": ("accuracy", "balanced_accuracy", "macro_f1"),
    "binary": ("accuracy", "balanced_accuracy", "f1", "roc_auc", "average_precision"),
    "multilabel": ("micro_f1", "macro_f1", "accuracy", "exact_match"),
    "segmentation": ("pixel_accuracy", "miou", "dice"),
}

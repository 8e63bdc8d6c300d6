"""Helpers of the checks of weights."""

from __future__ import annotations

from torch import Tensor

from ..events import LossCall


def class_weights(event: LossCall) -> Tensor | None:
    """The class weights of a softmax loss where they differ; None where they do not."""
    weight = event.weight
    if not event.of_classes or weight is None or weight.ndim != 1 or weight.numel() < 2:
        return None
    values = weight.detach()
    return values if bool((values != values[0]).any()) else None


def reweighted(event: LossCall) -> str | None:
    """The option by which a loss treats classes differently: "weight", "pos_weight" or None."""
    if class_weights(event) is not None:
        return "weight"
    if event.pos_weight is not None and bool((event.pos_weight.detach() != 1).any()):
        return "pos_weight"
    return None

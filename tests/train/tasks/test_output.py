"""Outputs of models, in the forms that they return."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import pytest
import torch

from crossent.train.errors import ModelError
from crossent.train.tasks.output import logits_of

LOGITS, OTHER, LOSS = torch.zeros(3, 2), torch.ones(3, 5), torch.tensor(0.5)
ModelOutput = namedtuple("ModelOutput", ["loss", "logits"])


@pytest.mark.parametrize(
    "output",
    [
        LOGITS,
        ModelOutput(LOSS, LOGITS),
        {"logits": LOGITS, "hidden": OTHER},
        # torchvision's models of masks.
        {"out": LOGITS, "aux": OTHER},
        {"mine": LOGITS},
        {"loss": LOSS, "mine": LOGITS},
        (LOGITS, OTHER),
        (LOSS, LOGITS),
        [LOGITS],
    ],
)
def test_logits_are_found(output: Any) -> None:
    assert logits_of(output) is LOGITS


@pytest.mark.parametrize(
    ("output", "what"),
    [
        ({"a": OTHER, "b": OTHER}, "a dict with a, b"),
        (None, "a NoneType"),
        (LOGITS.numpy(), "a ndarray"),
        ((LOSS,), "a tuple"),
    ],
)
def test_or_asked_for(output: Any, what: str) -> None:
    with pytest.raises(ModelError) as caught:
        logits_of(output)
    assert str(caught.value) == (
        f"the model returns {what}, and no logits could be found in it: let its forward return them alone, or first in "
        'a tuple, or as {"logits": …}'
    )

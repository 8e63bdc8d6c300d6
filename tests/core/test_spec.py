"""Options are checked at every call, though most of them are made once."""

import gc
import weakref

import pytest
import torch

import crossent.functional as X
from crossent.core.spec import SigmoidSpec, sigmoid_spec, softmax_spec

LOGITS, LABELS = torch.zeros(2, 3), torch.tensor([0, 1])


def test_equal_options_are_one_value() -> None:
    """Of other types they are not: True is no number here, though it equals 1."""
    assert softmax_spec(None, 1.0, -100) is softmax_spec(None, 1.0, -100)
    assert sigmoid_spec(True, None, 0.5) is sigmoid_spec(True, None, 0.5) != SigmoidSpec(True)
    softmax_spec(None, 1.0, 0, 1)
    with pytest.raises(TypeError, match="label_smoothing must be a number"):
        softmax_spec(None, 1.0, 0, True)
    with pytest.raises(TypeError, match="ignore_index must be an int"):
        softmax_spec(None, 1.0, 0.0, 1)


@pytest.mark.parametrize(
    ("option", "wrong"),
    [
        ("softcap", [30.0]),
        ("temperature", {}),
        ("label_smoothing", [0.1]),
        ("ignore_index", []),
        ("z_loss", [1e-4]),
    ],
)
def test_what_has_no_hash_gets_its_own_message(option: str, wrong: object) -> None:
    """It is refused as anything else that is wrong."""
    for _ in range(2):
        with pytest.raises((TypeError, ValueError), match=f"^{option} must be"):
            X.cross_entropy(LOGITS, LABELS, **{option: wrong})


def test_no_tensor_is_kept() -> None:
    """A normaliser or a temperature lives as long as its owner says."""
    for option in ("normalizer", "temperature"):
        value = torch.tensor(2.0)
        X.cross_entropy(LOGITS, LABELS, **{option: value})
        gone = weakref.ref(value)
        del value
        gc.collect()
        assert gone() is None

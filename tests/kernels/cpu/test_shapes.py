"""Where a block, a tile, a vector or a task ends, and one element before and behind: the accuracy rule holds."""

import pytest
import torch

from ...cases import DTYPES, Sigmoid, Softmax
from ...functional.check import check_accuracy
from .instances import BY_CLASSES, BY_POSITIONS, FEW, TARGETS, at, over

OTHERS = (torch.float64, torch.bfloat16, torch.float16)
# Of the elementwise kernels: a vector, a block (1,024) and a task (32,768), one less and one more; two tasks and one.
SIZES = (1, 15, 16, 17, 1023, 1024, 1025, 32_767, 32_768, 32_769, 65_537)


@over((BY_CLASSES, TARGETS), (BY_POSITIONS, FEW))
def test_cross_entropy(case: Softmax) -> None:
    """Loss and gradients, by none, sum and mean, in float32."""
    check_accuracy(case.call(torch.float32))


@over((BY_CLASSES, FEW), ([case for case in BY_POSITIONS if max(case.shape) < 200], FEW))
def test_other_dtypes(case: Softmax) -> None:
    """Float64 has vectors half as long; 16 bits are widened on the way in and rounded on the way out."""
    for dtype in OTHERS:
        check_accuracy(case.call(dtype))


@pytest.mark.parametrize("target", DTYPES, ids=str)
@pytest.mark.parametrize("shape", [(21, 5), (2, 40, 7), (21, 40), (5, 1030)], ids=str)
def test_probabilities_of_another_dtype(shape: tuple[int, ...], target: torch.dtype) -> None:
    """Float64 beside float32, 16 bits beside float64, and every other pair; the gradient has the target's dtype."""
    for dtype in DTYPES:
        call = at(Softmax(str(shape), "", shape), "everything").call(dtype)
        check_accuracy(call.with_(target=call.arguments["target"].to(target)))


LONG = [
    Softmax("2x32768", "the longest row of which the exponentials are kept", (2, 32_768)),
    Softmax("2x33000", "longer than that, and than a task", (2, 33_000)),
    Softmax("1x33000x3", "a thousand blocks of planes", (1, 33_000, 3)),
]
# What torch has too: its own sum over so many classes is what the accuracy rule measures with.
TORCHS = ("index", "weighted", "smoothed", "smoothed_class", "probabilities", "probabilities_weighted")


@over((LONG, TORCHS))
def test_many_classes(case: Softmax) -> None:
    """The vocabulary of a language model."""
    for dtype in (torch.float32, torch.bfloat16):
        check_accuracy(case.call(dtype))


@over((BY_CLASSES + BY_POSITIONS, ["weighted"]))
def test_nll_loss(case: Softmax) -> None:
    """The negative log likelihood of the same shapes."""
    check_accuracy(case.call(torch.float32, "nll_loss"))
    check_accuracy(case.call(torch.bfloat16, "nll_loss"))


@pytest.mark.parametrize("function", ["binary_cross_entropy_with_logits", "binary_cross_entropy"])
@pytest.mark.parametrize("n", SIZES)
def test_binary(n: int, function: str) -> None:
    """The binary losses, weighted, smoothed and with missing targets.

    Not smoothed where the input is a probability: the slope divides x − t by x·(1 − x), and with it the rounding of a
    smoothed t.
    """
    options = {"ignore_index": -1} | ({"label_smoothing": 0.1} if function.endswith("logits") else {})
    for dtype in DTYPES:
        case = Sigmoid(f"line_{n}", "", (n,), weight=(n,), pos_weight=(1,), options=options)
        check_accuracy(case.call(dtype, function))

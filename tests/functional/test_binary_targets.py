"""Which targets the binary losses refuse: what reaches the loss, and is no probability by more than rounding."""

from __future__ import annotations

import functools
import warnings

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

import crossent.functional as X
from crossent.core.checks import binary
from crossent.ops import small

SCORES = torch.linspace(-2, 2, 12).view(4, 3)
FUNCTIONS = ["binary_cross_entropy_with_logits", "binary_cross_entropy"]
VOID = torch.tensor([[0.0, 1.0, 255.0], [1.0, -1.0, 0.0], [255.0, 0.0, 0.0], [1.0, 1.0, 0.0]])
COUNTS = ((VOID == 0) | (VOID == 1)).float()


@pytest.fixture(params=[0, 2**16], ids=["kernel", "small"], autouse=True)
def _path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(small, "SMALL", request.param)
    binary._told.clear()


def loss(name: str, target: Tensor, **options: object) -> Tensor:
    x = SCORES.clone() if name.endswith("logits") else SCORES.sigmoid()
    return getattr(X, name)(x.to(options.pop("dtype", x.dtype)), target, **options)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_weighs_nothing_is_not_judged(name: str) -> None:
    """As transformers' Segformer with one label has it: the void is weighed 0."""
    expected = loss(name, VOID * COUNTS, weight=COUNTS)
    torch.testing.assert_close(loss(name, VOID, weight=COUNTS), expected)
    with pytest.raises(RuntimeError, match=r"got -1 \(1 of 12 values, first at position \(1, 1\)\)"):
        loss(name, VOID, weight=(VOID != 255).float())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_may_yet_be_masked_is_told_once(name: str) -> None:
    """As segmentation_models' SoftBCEWithLogitsLoss has it: the losses are masked."""
    with pytest.warns(UserWarning, match="got 255 .* a mask or a weight of 0 must keep it out") as told:
        each = loss(name, VOID, reduction="none")
    assert [w.filename for w in told] == [__file__]
    torch.testing.assert_close((each * COUNTS).sum(), loss(name, VOID * COUNTS, weight=COUNTS, reduction="sum"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        torch.testing.assert_close(loss(name, VOID, reduction="none")[COUNTS.bool()], each[COUNTS.bool()])
    if name.endswith("logits"):
        torch.testing.assert_close(each, F.binary_cross_entropy_with_logits(SCORES, VOID, reduction="none"))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_gradient_of_masked_losses_is_that_of_the_others(name: str) -> None:
    scores = SCORES.clone().requires_grad_()
    x = scores if name.endswith("logits") else scores.sigmoid()
    with pytest.warns(UserWarning, match="got 255"):
        masked = (getattr(X, name)(x, VOID, reduction="none") * COUNTS).sum()
    expected = getattr(X, name)(x, VOID * COUNTS, COUNTS, reduction="sum")
    torch.testing.assert_close(*(torch.autograd.grad(v, scores, retain_graph=True)[0] for v in (masked, expected)))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_rounding_step_is_no_mistake(name: str, dtype: torch.dtype) -> None:
    step = torch.finfo(dtype).eps
    for edge in (1 + step, 1 + 2 * step, -step):
        target = torch.full(SCORES.shape, edge, dtype=dtype)
        near = target.clamp(0, 1)
        torch.testing.assert_close(loss(name, target, dtype=dtype), loss(name, near, dtype=dtype), rtol=0.1, atol=0.1)
    for edge in (1 + 8 * step, -8 * step):
        with pytest.raises(RuntimeError, match="should be between 0 and 1"):
            loss(name, torch.full(SCORES.shape, edge, dtype=dtype), dtype=dtype)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_tenths_add_up_to_one(name: str) -> None:
    target = functools.reduce(torch.add, [torch.full(SCORES.shape, 0.1)] * 10)
    assert target.max() > 1
    torch.testing.assert_close(loss(name, target), loss(name, torch.ones_like(target)))


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0000001, "1.0000001"), (-1e-9, "-1e-09"), (255.0, "255"), (1 + 2**-50, "1.000000000000001"), (2.5, "2.5")],
)
def test_the_text_shows_the_digits_that_matter(value: float, text: str) -> None:
    with pytest.raises(RuntimeError) as refused:
        X.binary_cross_entropy_with_logits(SCORES.double(), torch.full(SCORES.shape, value, dtype=torch.float64))
    assert f"between 0 and 1, got {text} (12 of 12 values, first at position (0, 0))" in str(refused.value)


@pytest.mark.parametrize("options", [{}, {"pos_weight": torch.full((4,), 2.0)}], ids=["plain", "pos_weight"])
def test_infinite_scores(options: dict[str, torch.Tensor]) -> None:
    """A score that is infinitely sure costs infinity where the target holds anything against it."""
    x = torch.tensor([1.0, 1.0, -1.0, -1.0]) * torch.inf
    t = torch.tensor([0.0, 0.5, 0.5, 1.0])
    found = X.binary_cross_entropy_with_logits(x, t, reduction="none", **options)
    assert found.tolist() == [torch.inf] * 4

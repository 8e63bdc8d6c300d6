"""The silent bugs of research/user-pains.md §4 that concern the losses: torch's number first, then ours."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

import crossent.functional as X


def descend(loss_of, start: Tensor, steps: int = 3000) -> Tensor:
    """The class probabilities that gradient descent ends at."""
    z = start.requires_grad_()
    optimizer = torch.optim.SGD([z], lr=1.0)
    for _ in range(steps):
        optimizer.zero_grad()
        loss_of(z).backward()
        optimizer.step()
    return z.detach().softmax(1)


def test_s1_smoothing_by_target_keeps_the_right_class_optimal() -> None:
    """Trained on one sample of class 0 with weights 1:99, torch's rule ends at class 1 and ours at 1 − ε/2."""
    y, w = torch.tensor([0]), torch.tensor([1.0, 99.0])
    rule = {"weight": w, "label_smoothing": 0.1}
    torchs = descend(lambda z: F.cross_entropy(z, y, **rule), torch.zeros(1, 2), 300)
    by_class = descend(lambda z: X.cross_entropy(z, y, **rule), torch.zeros(1, 2), 300)
    torch.testing.assert_close(by_class, torchs)
    torch.testing.assert_close(by_class, torch.tensor([[0.1610, 0.8390]]), atol=1e-4, rtol=0)
    ours = descend(lambda z: X.cross_entropy(z, y, **rule, smoothing_weight="target"), torch.zeros(1, 2), 300)
    torch.testing.assert_close(ours, torch.tensor([[0.95, 0.05]]), atol=1e-4, rtol=0)


@pytest.mark.parametrize("smoothing", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("label", [0, 1, 2])
def test_s1_whatever_the_weights(smoothing: float, label: int) -> None:
    """At the smoothed target's own logits the gradient is 0 for any weights, and the right class has the most mass."""
    q = torch.full((1, 3), smoothing / 3, dtype=torch.float64)
    q[0, label] += 1 - smoothing
    z = q.log().requires_grad_()
    loss = X.cross_entropy(
        z, torch.tensor([label]), [1.0, 50.0, 0.02], label_smoothing=smoothing, smoothing_weight="target"
    )
    assert torch.autograd.grad(loss, z)[0].abs().max() < 1e-12
    assert q.argmax() == label


def test_s3_targets_outside_0_1_raise() -> None:
    """Torch trains on −6375; ours refuses, on both paths, and names the value."""
    z, y = torch.tensor([50.0, -50.0]), torch.tensor([255.0, -1.0])
    assert F.binary_cross_entropy_with_logits(z, y) < -6000
    for target in (y, y.to(torch.int16), torch.tensor([255, 0], dtype=torch.uint8)):
        with pytest.raises(RuntimeError, match="between 0 and 1, got 255"):
            X.binary_cross_entropy_with_logits(z, target)


@pytest.mark.parametrize(("dtype", "value", "mark"), [(torch.uint8, 255, -1), (torch.int8, -1, 255)])
def test_s3_a_mark_that_the_dtype_cannot_hold_marks_nothing(dtype: torch.dtype, value: int, mark: int) -> None:
    """255 as a byte is not −1: it is a target outside [0, 1], whatever integers wrap to."""
    target = torch.tensor([value, 1], dtype=dtype)
    with pytest.raises(RuntimeError, match=f"between 0 and 1, got {value}"):
        X.binary_cross_entropy_with_logits(torch.zeros(2), target, ignore_index=mark)


def test_s4_micro_batches_weigh_what_they_hold() -> None:
    """100 valid targets here, 1 there: a mean of means weighs the one 100-fold; the normaliser makes all equal."""
    z, y = torch.zeros(200, 2, requires_grad=True), torch.zeros(200, dtype=torch.long)
    y[101:] = -100
    total = X.normalizer(y)
    parts = [X.cross_entropy(z[i], y[i], normalizer=total) for i in (slice(0, 100), slice(100, 200))]
    (slope,) = torch.autograd.grad(sum(parts), z)
    assert slope[100, 0] == slope[0, 0]
    assert torch.equal(slope, torch.autograd.grad(X.cross_entropy(z, y), z)[0])


def test_s5_class_weights_survive_micro_batches_of_one() -> None:
    """The mean of one weighted sample forgets its weight; the sum by the whole batch's normaliser does not."""
    z, y, w = torch.zeros(2, 2, requires_grad=True), torch.tensor([0, 1]), torch.tensor([1.0, 4.0])
    forgotten = sum(X.cross_entropy(z[i : i + 1], y[i : i + 1], w) for i in (0, 1)) / 2
    assert torch.autograd.grad(forgotten, z)[0][:, 0].tolist() == [-0.25, 0.25]
    total = X.normalizer(y, w)
    kept = sum(X.cross_entropy(z[i : i + 1], y[i : i + 1], w, normalizer=total) for i in (0, 1))
    torch.testing.assert_close(torch.autograd.grad(kept, z)[0][:, 0], torch.tensor([-0.1, 0.4]))


def test_s16_one_hot_labels_can_have_the_mean_of_indices() -> None:
    """With weights the mean of one-hot labels divides by N, as torch's does; the normaliser makes it the indices'."""
    z, y, w = torch.randn(6, 2), torch.tensor([0, 0, 0, 0, 1, 1]), torch.tensor([1.0, 4.0])
    by_index, one_hot = X.cross_entropy(z, y, w), F.one_hot(y, 2).float()
    torch.testing.assert_close(X.cross_entropy(z, one_hot, w), F.cross_entropy(z, one_hot, w))
    torch.testing.assert_close(X.cross_entropy(z, one_hot, w), 2 * by_index)
    torch.testing.assert_close(X.cross_entropy(z, one_hot, w, normalizer=X.normalizer(y, w)), by_index)


def test_s17_a_confidently_wrong_score_keeps_its_gradient() -> None:
    """σ(17) rounds to 1 and its gradient to 0, in torch and here; that of the score is 1."""
    z = torch.tensor([17.0], requires_grad=True)
    wrong = torch.tensor([0.0])
    assert torch.autograd.grad(X.binary_cross_entropy(z.sigmoid(), wrong), z)[0] == 0
    assert torch.autograd.grad(X.binary_cross_entropy_with_logits(z, wrong), z)[0] == 1


def test_s18_unlabelled_rows_are_not_normalised() -> None:
    """Multi-hot rows are summed as they are, as torch's: the two-label floor is 2 log 2, an empty row costs nothing."""
    z = torch.tensor([[20.0, 20.0, -20.0], [-20.0, -20.0, -20.0]])
    y = torch.tensor([[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    torch.testing.assert_close(X.cross_entropy(z, y, reduction="none"), torch.tensor([1.3862944, 0.0]))


def test_s21_pos_weight_of_classes_binds_to_classes() -> None:
    """(N, C, H, W) with W = C: torch's default weighs columns; dim=1 weighs classes."""
    x, w = torch.zeros(1, 3, 3, 3), torch.tensor([1.0, 10.0, 100.0])
    columns = X.binary_cross_entropy_with_logits(x, torch.ones_like(x), pos_weight=w, reduction="none")
    classes = X.binary_cross_entropy_with_logits(x, torch.ones_like(x), pos_weight=w, reduction="none", dim=1)
    half = 0.6931472
    torch.testing.assert_close(columns[0, 0, 0, :], half * w)
    torch.testing.assert_close(classes[0, :, 0, 0], half * w)


@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")
def test_s22_compiled_checks_still_raise() -> None:
    """torch.compile removes torch's checks of BCELoss; ours are inside the operator."""
    compiled = torch.compile(X.binary_cross_entropy, backend="eager", fullgraph=True)
    with pytest.raises(RuntimeError, match="target should be between 0 and 1, got 255"):
        compiled(torch.full((4,), 0.3), torch.tensor([0.0, 255.0, 0.0, 255.0]))
    with pytest.raises(RuntimeError, match="input should be between 0 and 1, got 2"):
        compiled(torch.tensor([2.0, -3.0, 0.5, 1.0]), torch.tensor([0.0, 1.0, 0.0, 1.0]))

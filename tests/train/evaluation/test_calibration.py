"""Calibration against its definitions, and the temperature against a search."""

from __future__ import annotations

import pytest
import torch
from scipy.optimize import minimize_scalar
from sklearn.metrics import brier_score_loss, log_loss

from crossent.train.evaluation.calibration import calibration, fit_temperature
from crossent.train.evaluation.outputs import Outputs
from crossent.train.tasks.registry import task_class


def outputs(name: str, logits: torch.Tensor, targets: torch.Tensor) -> Outputs:
    return Outputs(task_class(name)("abcd"), logits, targets, None, [""] * len(logits), float("nan"))


def random_outputs(task: str, scale: float = 3.0) -> Outputs:
    """Logits that know the target a little."""
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(400, 4, generator=generator)
    if task == "multiclass":
        targets = (logits + torch.randn(400, 4, generator=generator)).argmax(1)
        return outputs(task, scale * logits, targets)
    targets = (logits + torch.randn(400, 4, generator=generator) > 0).float()
    if task == "binary":
        return outputs(task, scale * logits[:, 0], targets[:, 0])
    return outputs(task, scale * logits, targets)


def test_multiclass_figures_are_their_definitions() -> None:
    made = random_outputs("multiclass")
    p = made.probabilities()
    found = calibration(made)
    assert found.log_loss == pytest.approx(log_loss(made.targets, p.numpy()))
    onehot = torch.nn.functional.one_hot(made.targets, 4)
    assert found.brier == pytest.approx((p - onehot).square().sum(1).mean().item())
    confidence, prediction = p.max(1)
    ece = 0.0
    for low in torch.arange(15) / 15:
        there = (confidence > low) & (confidence <= low + 1 / 15)
        if there.any():
            right = (prediction[there] == made.targets[there]).double().mean()
            ece += there.double().mean().item() * abs(confidence[there].mean() - right).item()
    assert found.ece == pytest.approx(ece, rel=1e-6)
    assert sum(bin.count for bin in found.bins) == found.samples == 400


def test_binary_figures_are_those_of_scikit_learn() -> None:
    made = random_outputs("binary")
    found = calibration(made)
    p = made.probabilities().numpy()
    assert found.log_loss == pytest.approx(log_loss(made.targets, p))
    assert found.brier == pytest.approx(brier_score_loss(made.targets, p))


def test_missing_labels_and_nan_logits_are_left_out() -> None:
    made = random_outputs("multilabel")
    some = made.targets.clone()
    some[:100] = float("nan")
    logits = made.logits.clone()
    logits[100:150] = float("nan")
    rest = outputs("multilabel", made.logits[150:], made.targets[150:])
    assert calibration(outputs("multilabel", logits, some)) == calibration(rest)


@pytest.mark.parametrize("task", ["multiclass", "binary", "multilabel"])
@pytest.mark.parametrize("scale", [0.3, 1.0, 5.0])
def test_the_temperature_is_the_lowest_log_loss(task: str, scale: float) -> None:
    made = random_outputs(task, scale)
    fitted = fit_temperature(made).value
    search = minimize_scalar(
        lambda t: calibration(made, t).log_loss, bounds=(0.05, 20), method="bounded", options={"xatol": 1e-9}
    )
    assert fitted == pytest.approx(search.x, rel=1e-4)
    assert calibration(made, fitted).log_loss <= calibration(made).log_loss


def test_no_temperature_where_there_is_none() -> None:
    right = outputs("multiclass", 5 * torch.eye(3), torch.arange(3))
    wrong = outputs("multiclass", 5 * torch.eye(3), torch.tensor([1, 2, 0]))
    empty = outputs("binary", torch.zeros(0), torch.zeros(0))
    nothing = outputs("multiclass", torch.zeros(2, 3), torch.tensor([-100, -100]))
    found = [fit_temperature(made) for made in (right, wrong, empty, nothing)]
    assert [item.value for item in found] == [1.0] * 4
    assert [item.reason.split(",")[0] for item in found] == [
        "every validation sample is right",
        "the logits of the validation samples say no more than chance",
        "no validation sample could be used",
        "no validation sample could be used",
    ]


def test_a_masked_class_does_no_harm() -> None:
    made = random_outputs("multiclass")
    masked = torch.cat([made.logits, torch.full((400, 1), float("-inf"))], 1)
    assert fit_temperature(outputs("multiclass", masked, made.targets)).value == pytest.approx(
        fit_temperature(made).value
    )


@pytest.mark.parametrize("scale", [1e-3, 1e-2, 100.0, 1e4])
def test_the_temperature_follows_the_size_of_the_logits(scale: float) -> None:
    # A model that has hardly begun says 0.5 of everything; its optimum lies far away, not at a border.
    plain, scaled = (
        fit_temperature(random_outputs("multiclass", 1.0)),
        fit_temperature(random_outputs("multiclass", scale)),
    )
    assert scaled.value == pytest.approx(scale * plain.value, rel=1e-4)
    assert scaled.reason == plain.reason == "the lowest log loss on the validation samples"

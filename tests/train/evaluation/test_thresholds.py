"""Thresholds are the best on validation by trying all, and careful with few samples."""

from __future__ import annotations

import pytest
import torch
from sklearn.metrics import f1_score

from crossent.train.evaluation.outputs import Outputs
from crossent.train.evaluation.thresholds import best_cut, tune
from crossent.train.tasks.registry import task_class


def outputs(name: str, classes: tuple[str, ...], logits: torch.Tensor, targets: torch.Tensor) -> Outputs:
    return Outputs(task_class(name)(classes), logits, targets, None, [""] * len(logits), float("nan"))


@pytest.mark.parametrize("seed", range(5))
def test_no_other_cut_gives_a_higher_f1(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    # Rounded: equal scores are predicted alike.
    scores = (torch.randn(60, generator=generator) * 3).round() / 2 - 1
    truth = scores + torch.randn(60, generator=generator) > 0
    cut = best_cut(scores, truth)
    tried = [f1_score(truth, scores > other) for other in [*(scores - 0.01).tolist(), 0.0, -100.0]]
    assert f1_score(truth, scores > cut) == pytest.approx(max(tried))


def test_half_stays_where_it_is_as_good() -> None:
    assert best_cut(torch.tensor([-2.0, -1.0, 1.0, 2.0]), torch.tensor([False, False, True, True])) == 0.0


def test_infinite_scores_give_a_finite_cut() -> None:
    cut = best_cut(torch.tensor([float("-inf"), float("-inf"), -5.0]), torch.tensor([False, False, True]))
    assert -1e31 < cut < -5


def test_few_samples_keep_half_or_what_is_best_together() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(100, 2, generator=generator) - 2
    targets = (logits + 2 > 0).float()
    targets[5:, 1] = 0
    common, rare = tune(outputs("multilabel", ("common", "rare"), logits, targets))
    assert (common.rule, rare.rule) == ("the best F1 on validation", "the best for all labels together")
    assert common.f1 == 1.0
    assert common.f1_at_half < 0.5
    assert common.probability == pytest.approx(torch.tensor(common.cut).sigmoid().item())
    (half,) = tune(outputs("binary", ("no", "yes"), logits[:, 1], targets[:, 1]))
    assert (half.name, half.cut, half.probability, half.rule) == ("yes", 0.0, 0.5, "too few validation samples")


def test_a_threshold_must_hold_on_samples_that_it_was_not_found_in() -> None:
    """Over many small validations it predicts fresh samples better than the best on each validation."""
    generator = torch.Generator().manual_seed(0)
    slopes, shifts = torch.rand(8, generator=generator) + 0.5, torch.randn(8, generator=generator) / 2

    def drawn(count: int) -> tuple[torch.Tensor, torch.Tensor]:
        logits = torch.randn(count, 8, generator=generator, dtype=torch.float64) * slopes + shifts
        return logits, (torch.rand(count, 8, generator=generator) < logits.sigmoid()).float()

    fresh, truth = drawn(4000)
    found = {"kept": 0.0, "best": 0.0}
    for _ in range(20):
        logits, targets = drawn(60)
        kept = [item.cut for item in tune(outputs("multilabel", tuple("abcdefgh"), logits, targets))]
        best = [best_cut(logits[:, label], targets[:, label] == 1) for label in range(8)]
        for name, cuts in (("kept", kept), ("best", best)):
            found[name] += f1_score(truth, fresh > torch.tensor(cuts), average="macro")
    assert found["kept"] > found["best"]


def test_half_stays_unless_another_threshold_proves_itself() -> None:
    generator = torch.Generator().manual_seed(1)
    rules = set()
    for _ in range(20):
        logits = torch.randn(40, generator=generator) * 2
        targets = (torch.rand(40, generator=generator) < logits.sigmoid()).float()
        rules |= {(item.rule, item.cut == 0) for item in tune(outputs("binary", ("no", "yes"), logits, targets))}
    assert ("no other threshold is better on validation samples left out", True) in rules
    assert ("the best F1 on validation", False) in rules

"""Optimizers, their parameter groups, and the learning rate over the steps."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import nn

from crossent.train.config.groups import OptimizerConfig, ScheduleConfig, StopConfig
from crossent.train.config.interval import Position
from crossent.train.config.rules import SettingError
from crossent.train.fitting.lr_finder import choose
from crossent.train.fitting.optim import make_optimizer, parameter_groups
from crossent.train.fitting.schedule import Schedule
from crossent.train.fitting.stopping import Stopping, Verdict


def model() -> nn.Module:
    norms = (nn.BatchNorm1d(4), nn.LayerNorm([4, 3]))
    made = nn.Sequential(nn.Embedding(5, 4), nn.Conv1d(4, 4, 1), *norms, nn.Linear(3, 2), nn.Linear(2, 2))
    made[5].weight = made[4].weight
    made[1].bias.requires_grad = False
    return made


def names(model: nn.Module, parameters: list[nn.Parameter]) -> list[str]:
    return [name for name, parameter in model.named_parameters() if any(parameter is other for other in parameters)]


def test_weights_decay_and_biases_and_norms_do_not() -> None:
    made = model()
    weights, others = parameter_groups(made, OptimizerConfig())
    assert names(made, weights["params"]) == ["0.weight", "1.weight", "4.weight"]
    assert names(made, others["params"]) == ["2.weight", "2.bias", "3.weight", "3.bias", "4.bias", "5.bias"]
    assert (weights["weight_decay"], others["weight_decay"]) == (0.01, 0.0)
    everything = parameter_groups(made, OptimizerConfig(decay_all=True, weight_decay=0.5))
    assert [len(group["params"]) for group in everything if group["weight_decay"] == 0.5] == [9]


@pytest.mark.parametrize(("name", "decay"), [("sgd", 1e-4), ("adam", 1e-4), ("adamw", 0.01)])
def test_the_usual_weight_decay(name: Any, decay: float) -> None:
    assert parameter_groups(model(), OptimizerConfig(name))[0]["weight_decay"] == decay
    assert len(parameter_groups(model(), OptimizerConfig(name, weight_decay=0.0))) == 1


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize(
    ("config", "kind", "options"),
    [
        (OptimizerConfig("sgd", momentum=0.8, nesterov=True), "SGD", {"momentum": 0.8, "nesterov": True}),
        (
            OptimizerConfig("adam", betas=[0.8, 0.9], eps=1e-6, amsgrad=True),
            "Adam",
            {"betas": (0.8, 0.9), "eps": 1e-6, "amsgrad": True},
        ),
        (OptimizerConfig("adamw"), "AdamW", {"betas": (0.9, 0.999), "eps": 1e-8, "amsgrad": False}),
    ],
)
def test_the_settings_reach_torchs_optimizers(
    config: OptimizerConfig, kind: str, options: dict[str, Any], fused: bool
) -> None:
    optimizer = make_optimizer(model(), config, 0.3, fused=fused)
    assert type(optimizer).__name__ == kind
    for group in optimizer.param_groups:
        assert {name: group[name] for name in options} == options
        assert group["lr"] == 0.3
        assert bool(group["fused"]) is fused


def test_a_model_without_parameters_is_refused() -> None:
    with pytest.raises(SettingError, match=r"^model.name: expected a model with a parameter to train, got 'Flatten'"):
        make_optimizer(nn.Flatten(), OptimizerConfig(), 0.1)


def rates(config: ScheduleConfig, total: int = 100) -> list[float]:
    schedule = Schedule(config, 0.1, total, steps_per_epoch=10)
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=9.0)
    found = []
    for step in range(total):
        schedule.apply(optimizer, step)
        found.append(optimizer.param_groups[0]["lr"])
    return found


def test_constant_and_plateau_stay_after_the_warm_up() -> None:
    for name in ("constant", "plateau"):
        assert rates(ScheduleConfig(name)) == [0.1] * 100
        found = rates(ScheduleConfig(name, warmup="1epoch"))
        assert found == pytest.approx([0.01 * (step + 1) for step in range(10)] + [0.1] * 90)


def test_cosine_rises_over_a_twentieth_and_falls_along_a_half_wave() -> None:
    found = rates(ScheduleConfig("cosine", min_lr=0.02))
    assert found[:5] == pytest.approx([0.02, 0.04, 0.06, 0.08, 0.1])
    expected = [0.02 + 0.08 * 0.5 * (1 + math.cos(math.pi * step / 95)) for step in range(95)]
    assert found[5:] == pytest.approx(expected)


def test_a_line_rises_over_a_tenth_and_falls_to_the_least() -> None:
    found = rates(ScheduleConfig("linear", min_lr=0.01))
    assert found[:10] == pytest.approx([0.01 * (step + 1) for step in range(10)])
    assert found[10:] == pytest.approx([0.1 - 0.09 * step / 90 for step in range(90)])


def test_one_cycle_is_torchs() -> None:
    optimizer = torch.optim.AdamW([nn.Parameter(torch.zeros(1))], lr=0.1)
    # torch counts its warm-up to the step before ours.
    reference = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, total_steps=100, pct_start=31 / 100)
    lrs, betas = [], []
    for _ in range(100):
        lrs.append(optimizer.param_groups[0]["lr"])
        betas.append(optimizer.param_groups[0]["betas"][0])
        optimizer.step()
        if len(lrs) < 100:
            reference.step()
    schedule = Schedule(ScheduleConfig("onecycle"), 0.1, 100, 10)
    assert [schedule.at(step) for step in range(100)] == pytest.approx(lrs)
    assert [schedule.momentum_at(step) for step in range(100)] == pytest.approx(betas)


@pytest.mark.parametrize("name", ["sgd", "adamw"])
def test_one_cycle_sets_the_momentum(name: Any) -> None:
    optimizer = make_optimizer(model(), OptimizerConfig(name), 0.1)
    schedule = Schedule(ScheduleConfig("onecycle"), 0.1, 100, 10)
    schedule.apply(optimizer, 30)
    group = optimizer.param_groups[0]
    assert (group["lr"], group["momentum"] if name == "sgd" else group["betas"][0]) == pytest.approx((0.1, 0.85))


def test_plateau_waits_lowers_and_waits_again_until_min_lr() -> None:
    schedule = Schedule(ScheduleConfig("plateau", patience="20steps", factor=0.1, min_lr=0.0005), 0.1, 1000, 10)
    lowered = [schedule.evaluated(Position(step, step // 10), improved=step == 20) for step in range(10, 120, 10)]
    # Improvement at 20; nothing better at 40, 60, 80, where it is at min_lr.
    assert [10 * (index + 1) for index, yes in enumerate(lowered) if yes] == [40, 60, 80]
    assert schedule.at(100) == 0.0005
    other = Schedule(ScheduleConfig("plateau"), 0.1, 1000, 10)
    other.load(schedule.state())
    assert other.state() == schedule.state()


def verdicts(values: list[float], **config: Any) -> list[Verdict]:
    stopping = Stopping(StopConfig(**config), steps_per_epoch=10)
    return [stopping.update(Position(10 * number, number), value) for number, value in enumerate(values, start=1)]


@pytest.mark.parametrize(
    ("values", "config", "best", "improved"),
    [
        ([0.9, 0.5, 0.6, 0.5, 0.4], {}, [1, 1, 0, 0, 1], [1, 1, 0, 0, 1]),
        # Better is better, and is kept; but the patience wants to see more than min_delta.
        ([0.9, 0.85, 0.82, 0.7], {"min_delta": 0.1}, [1, 1, 1, 1], [1, 0, 0, 1]),
        ([0.5, 0.9, 0.8, 0.95], {"monitor": "val_accuracy"}, [1, 1, 0, 1], [1, 1, 0, 1]),
        # S13: NaN is no improvement, neither as the first value nor later, and does not hide later ones.
        ([math.nan, 0.9, math.nan, 5.0, 0.8], {}, [0, 1, 0, 0, 1], [0, 1, 0, 0, 1]),
        ([math.inf, 3.0], {}, [1, 1], [1, 1]),
    ],
)
def test_what_is_better(values: list[float], config: Any, best: list[int], improved: list[int]) -> None:
    found = verdicts(values, **config)
    assert [int(verdict.best) for verdict in found] == best
    assert [int(verdict.improved) for verdict in found] == improved


def test_patience_runs_out_also_if_nothing_ever_was_a_number() -> None:
    stopping = Stopping(StopConfig(patience="3evaluations"), steps_per_epoch=10)
    ends = []
    for number in range(1, 5):
        stopping.update(Position(number, number), math.nan)
        ends.append(stopping.exhausted(Position(number, number)))
    assert ends == [False, False, True, True]
    assert not Stopping(StopConfig(patience=None), 10).exhausted(Position(10**9, 10**9))
    other = Stopping(StopConfig(patience="3evaluations"), 10)
    other.load(stopping.state())
    assert other.state() == stopping.state()


def test_the_learning_rate_is_chosen_where_the_loss_falls_fastest() -> None:
    points = []
    for step in range(100):
        lr = 1e-6 * 10 ** (step / 14)
        # A fall around 1e-3, a minimum at 1e-1, an explosion.
        loss = 2.3 - 2 / (1 + (1e-3 / lr) ** 1.5) + (lr / 0.5) ** 2
        points.append((lr, loss))
    assert 3e-4 <= choose(points) <= 3e-3
    assert choose(points[:3]) == 1e-3

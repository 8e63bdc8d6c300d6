"""Settings: their rules, the texts of their errors, their names, and the way to YAML and back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from crossent.train.config.fit import FitConfig, SettingError, rules, to_yaml
from crossent.train.config.interval import Interval, Position
from crossent.train.config.names import UnknownSettingError, configured, short_names, whole_name

from ...cli.reading import read_config

LENGTH = "a whole number of at least 1 and its unit (steps, epochs, evaluations)"
ONE_UP = "a whole number of at least 1"
# A setting, a value that it cannot have, what is expected, and the example in the message. Those of the data are tested
# with them.
BAD = [
    ("model.name", "", "the name of a model, hf:NAME_OR_FOLDER, timm:NAME_OR_FOLDER or package.module:Class", "auto"),
    ("model.kwargs", [1], "arguments by name", {"width": 64}),
    ("model.vectors", "", "the path of a file", "glove.6B.100d.txt"),
    ("model.freeze", 1, "true or false", True),
    ("loss.weight", "balancd", "balanced, inverse, effective, or numbers of at least 0, one per class", "balanced"),
    ("loss.weight", [1.0, -1.0], "balanced, inverse, effective, or numbers of at least 0, one per class", "balanced"),
    ("loss.weight", [], "balanced, inverse, effective, or numbers of at least 0, one per class", "balanced"),
    ("loss.pos_weight", 0, "balanced, a number above 0, or one number per class", "balanced"),
    ("loss.label_smoothing", 1.0, "a number of at least 0 and below 1", 0.1),
    ("loss.smoothing_weight", "both", "one of target, class", "target"),
    ("loss.ignore_index", 1.5, "a whole number", 255),
    ("loss.gamma", -1.0, "a number of at least 0", 2.0),
    ("optimizer.name", "sgdd", "one of sgd, adam, adamw", "adamw"),
    ("optimizer.weight_decay", -1.0, "a number of at least 0", 0.01),
    ("optimizer.decay_all", 1, "true or false", True),
    ("optimizer.momentum", 1.0, "a number of at least 0 and below 1", 0.9),
    ("optimizer.nesterov", "yes", "true or false", True),
    ("optimizer.betas", [0.9], "two numbers of at least 0 and below 1", [0.9, 0.999]),
    ("optimizer.betas", [0.9, 1.0], "two numbers of at least 0 and below 1", [0.9, 0.999]),
    ("optimizer.eps", 0.0, "a number above 0", 1e-8),
    ("optimizer.amsgrad", None, "true or false", True),
    ("schedule.name", "step", "one of auto, plateau, cosine, linear, onecycle, constant", "auto"),
    ("schedule.warmup", "5evaluations", "a whole number of at least 0 and its unit (steps, epochs)", "10steps"),
    ("schedule.patience", "4", LENGTH, "4epochs"),
    ("schedule.factor", 1.0, "a number above 0 and below 1", 0.5),
    ("schedule.min_lr", -1e-9, "a number of at least 0", 1e-6),
    ("stop.patience", "0epochs", LENGTH, "10epochs"),
    ("stop.patience", "10 hours", LENGTH, "10epochs"),
    ("stop.patience", 10, LENGTH, "10epochs"),
    ("stop.min_delta", -0.1, "a number of at least 0", 0.001),
    ("stop.monitor", "train_loss", "val_loss or val_ and a metric of the task", "val_loss"),
    ("lr", 0.0, "a number above 0, or auto", 0.001),
    ("lr", float("nan"), "a number above 0, or auto", 0.001),
    ("lr", "0.1", "a number above 0, or auto", 0.001),
    ("batch_size", True, ONE_UP, 64),
    ("micro_batch_size", 0, ONE_UP, 16),
    ("epochs", 1.5, ONE_UP, 100),
    ("steps", 0, ONE_UP, 10_000),
    ("time_limit", "10", "a time and its unit, such as 90s, 10m or 1h30m", "10m"),
    ("refit", "no", "true or false", False),
    ("folds", 1, "a whole number of at least 2", 5),
    ("evaluate_every", "2evaluations", "a whole number of at least 1 and its unit (steps, epochs)", "1epoch"),
    ("save_every", "10minutes", "a whole number of at least 1 and its unit (steps, epochs)", "10steps"),
    ("clip", 0.0, "a number above 0", 1.0),
    ("ema", 1.0, "a number above 0 and below 1", 0.999),
    ("seed", 2**32, "a whole number from 0 to 4294967295", 0),
    ("accelerator", "gpu0", "one of auto, cpu, cuda, mps", "auto"),
    ("devices", 0, ONE_UP, 1),
    ("nodes", 0, ONE_UP, 1),
    ("max_restarts", -1, "a whole number of at least 0", 0),
    ("strategy", "fsdp", "one of auto, ddp, fsdp2", "auto"),
    ("precision", "16", "one of 32-true, bf16-mixed, 16-mixed, 64-true", "32-true"),
    ("threads", -1, "a whole number of at least 0", 1),
    ("logger", "wandb", "one or more of tensorboard, csv, mlflow, none", "tensorboard"),
    ("lang", "fr", "one of auto, en, zh", "auto"),
    ("out", "", "the path of a folder", "runs"),
    ("name", "a/b", "a name for a new folder, without / or \\", "first-try"),
    ("name", "..", "a name for a new folder, without / or \\", "first-try"),
]


@pytest.mark.parametrize(("name", "value", "expected", "example"), BAD)
def test_a_bad_value_is_answered_with_what_to_write(name: str, value: object, expected: str, example: object) -> None:
    with pytest.raises(SettingError) as caught:
        configured(FitConfig(), {name: value})
    assert str(caught.value) == f"{name}: expected {expected}, got {value!r}; write for example {name}={example!r}"


def test_every_setting_has_a_bad_value_above() -> None:
    assert {name for name, *_ in BAD} == {name for name in rules() if not name.startswith("data.")}


def test_every_example_can_be_written() -> None:
    for name, rule in rules().items():
        configured(FitConfig(), {name: rule.example})


def test_nesterov_needs_momentum() -> None:
    with pytest.raises(SettingError, match=r"^optimizer.momentum: expected a number above 0, for nesterov, got 0.0"):
        configured(FitConfig(), {"nesterov": True, "momentum": 0.0})


# Frozen: a short name that goes or changes its meaning breaks the scripts of users.
SHORT = {
    "source": "data.source",
    "target": "data.target",
    "task": "data.task",
    "val_fraction": "data.val_fraction",
    "group": "data.group",
    "weight": "loss.weight",
    "pos_weight": "loss.pos_weight",
    "label_smoothing": "loss.label_smoothing",
    "gamma": "loss.gamma",
    "weight_decay": "optimizer.weight_decay",
    "momentum": "optimizer.momentum",
    "nesterov": "optimizer.nesterov",
    "betas": "optimizer.betas",
    "warmup": "schedule.warmup",
    "factor": "schedule.factor",
    "patience": "stop.patience",
    "min_delta": "stop.min_delta",
    "monitor": "stop.monitor",
}


@pytest.mark.parametrize("short", SHORT)
def test_the_group_may_be_left_out(short: str) -> None:
    assert whole_name(short) == short_names()[short] == SHORT[short]


def test_no_short_name_hides_a_setting() -> None:
    assert not set(short_names()) & set(rules())


@pytest.mark.parametrize(
    ("settings", "name", "value"),
    [
        ({"optimizer": "sgd"}, "optimizer.name", "sgd"),
        ({"model": "cnn"}, "model.name", "cnn"),
        ({"data": "wine"}, "data.source", "wine"),
        ({"schedule": {"name": "cosine", "warmup": "1epoch"}}, "schedule.warmup", "1epoch"),
        ({"model": {"kwargs": {"width": 3}}}, "model.kwargs", {"width": 3}),
        ({"model.kwargs.width": 3}, "model.kwargs", {"width": 3}),
        ({"stop.patience": None}, "stop.patience", None),
    ],
)
def test_settings_from_python(settings: dict[str, Any], name: str, value: object) -> None:
    group, _, rest = name.partition(".")
    assert getattr(getattr(configured(FitConfig(), settings), group), rest) == value


@pytest.mark.parametrize(
    ("name", "near"),
    [("learning_rate", "lr"), ("patienc", "patience"), ("optimizer.momentun", "optimizer.momentum"), ("qqqq", None)],
)
def test_an_unknown_setting_names_the_nearest(name: str, near: str | None) -> None:
    with pytest.raises(UnknownSettingError) as caught:
        configured(FitConfig(), {name: 1})
    assert str(caught.value) == f"there is no setting {name}" + (f"; did you mean {near}?" if near else "")


def test_yaml_gives_the_same_settings_again(tmp_path: Path) -> None:
    # 1e-05 has no point, which YAML 1.1 would read as a string; the name needs quotes in YAML.
    config = FitConfig(lr=1e-5, seed=2**32 - 1, name="née: #1", out=str(tmp_path))
    config = configured(
        config,
        {
            "eps": 1e-12,
            "weight": {"a b": 1e-7, "ü": 2.0},
            "pos_weight": [1.0, 3e-5],
            "model.kwargs": {"hidden": [1, 2], "deep": {"x": None}},
            "stop.patience": None,
        },
    )
    file = tmp_path / "config.yaml"
    file.write_text(to_yaml(config), encoding="utf-8")
    assert read_config(["--config", str(file)]) == config
    assert configured(FitConfig(), yaml.safe_load(file.read_text(encoding="utf-8"))) == config


@pytest.mark.parametrize(("name", "lr"), [("sgd", 0.05), ("adam", 0.001), ("adamw", 0.001)])
def test_each_optimizer_has_its_usual_learning_rate(name: str, lr: float) -> None:
    config = configured(FitConfig(), {"optimizer": name})
    assert config.peak_lr == lr
    assert replace(config, lr=0.5).peak_lr == 0.5
    assert replace(config, lr="auto").peak_lr is None


@pytest.mark.parametrize("text", ["1000steps", "1 step", "10epochs", " 5 evaluations "])
def test_intervals_are_read(text: str) -> None:
    assert Interval.parse(text).unit.rstrip("s") in text


@pytest.mark.parametrize(
    ("interval", "now", "passed"),
    [
        # 10 steps per epoch; since step 25, evaluation 5.
        ("2epochs", Position(44, 9), False),
        ("2epochs", Position(45, 9), True),
        ("20steps", Position(44, 9), False),
        ("20steps", Position(45, 9), True),
        ("3evaluations", Position(999, 7), False),
        ("3evaluations", Position(26, 8), True),
    ],
)
def test_an_interval_passes_in_its_own_unit(interval: str, now: Position, passed: bool) -> None:
    assert Interval.parse(interval).passed(Position(25, 5), now, steps_per_epoch=10) is passed

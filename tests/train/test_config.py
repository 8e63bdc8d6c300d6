"""Settings: their rules, the texts of their errors, and the way to YAML and back."""

from __future__ import annotations

import pytest
import yaml

from xent.cli.fit import read_config
from xent.train.config import FitConfig, SettingError, rules, to_yaml

# A setting, a value that it cannot have, what is expected, and the example in the message.
BAD = [
    ("source", "mnist", "one of digits", "digits"),
    ("epochs", 0, "a whole number of at least 1", 100),
    ("epochs", 1.5, "a whole number of at least 1", 100),
    ("batch_size", True, "a whole number of at least 1", 64),
    ("optimizer", "sgd", "one of adam, adamw", "adam"),
    ("lr", 0.0, "a number above 0", 0.001),
    ("lr", float("nan"), "a number above 0", 0.001),
    ("lr", float("inf"), "a number above 0", 0.001),
    ("lr", "0.1", "a number above 0", 0.001),
    ("weight_decay", -1.0, "a number of at least 0", 0.0001),
    ("label_smoothing", 1.0, "a number of at least 0 and below 1", 0.1),
    ("patience_epochs", 0, "a whole number of at least 1", 10),
    ("lr_factor", 1.0, "a number above 0 and below 1", 0.5),
    ("lr_patience_epochs", -1, "a whole number of at least 0", 4),
    ("val_fraction", 0.0, "a number above 0 and below 1", 0.15),
    ("test_fraction", 1.0, "a number above 0 and below 1", 0.15),
    ("seed", 2**32, "a whole number from 0 to 4294967295", 0),
    ("accelerator", "gpu0", "one of auto, cpu, cuda, mps", "auto"),
    ("precision", "16", "one of 32-true, bf16-mixed, 16-mixed, 64-true", "32-true"),
    ("threads", -1, "a whole number of at least 0", 1),
    ("out", "", "the path of a folder", "runs"),
    ("name", "a/b", "a name for a new folder, without / or \\", "first-try"),
    ("name", "..", "a name for a new folder, without / or \\", "first-try"),
]


@pytest.mark.parametrize(("name", "value", "expected", "example"), BAD)
def test_a_bad_value_is_answered_with_what_to_write(name: str, value: object, expected: str, example: object) -> None:
    with pytest.raises(SettingError) as caught:
        FitConfig(**{name: value})
    assert str(caught.value) == f"{name}: expected {expected}, got {value!r}; write for example {name}={example!r}"


def test_every_setting_has_a_bad_value_above() -> None:
    assert {name for name, *_ in BAD} == set(rules())


def test_every_example_can_be_written() -> None:
    FitConfig(**{name: rule.example for name, rule in rules().items()})


def test_fractions_must_leave_something_to_train_on() -> None:
    with pytest.raises(SettingError) as caught:
        FitConfig(val_fraction=0.5, test_fraction=0.5)
    assert str(caught.value) == (
        "val_fraction: expected a number that leaves images to train on beside test_fraction=0.5, got 0.5; "
        "write for example val_fraction=0.125"
    )


def test_yaml_gives_the_same_settings_again(tmp_path) -> None:
    # 1e-05 has no point, which YAML 1.1 would read as a string; the name needs quotes in YAML.
    config = FitConfig(lr=1e-5, weight_decay=2.5e-7, seed=2**32 - 1, name="née: #1", out=str(tmp_path))
    file = tmp_path / "config.yaml"
    file.write_text(to_yaml(config), encoding="utf-8")
    assert read_config(["--config", str(file)]) == config
    assert FitConfig(**yaml.safe_load(file.read_text(encoding="utf-8"))) == config

"""`xent fit`: its settings, where they come from, the texts of their errors, and its exit status."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from xent.cli.fit import make_parser, read_config, run
from xent.train import fit as fit_module
from xent.train.callbacks import EpochRow
from xent.train.config import FitConfig, SettingError
from xent.train.result import Ending, FitResult

# Frozen: a setting that goes or changes its name breaks the scripts of users.
OPTIONS = {
    "--help": None,
    "--config": None,
    "--print_config": None,
    "--source": "digits",
    "--epochs": 100,
    "--batch_size": 64,
    "--optimizer": "adam",
    "--lr": 0.001,
    "--weight_decay": 0.0001,
    "--label_smoothing": 0.0,
    "--patience_epochs": 10,
    "--lr_factor": 0.5,
    "--lr_patience_epochs": 4,
    "--val_fraction": 0.15,
    "--test_fraction": 0.15,
    "--seed": 0,
    "--accelerator": "auto",
    "--precision": "32-true",
    "--threads": 1,
    "--out": "runs",
    "--name": None,
}


@pytest.fixture
def settings_file(tmp_path: Path) -> Path:
    return tmp_path / "settings.yaml"


def test_the_options_are_frozen() -> None:
    listed = re.findall(r"^  (?:-h, )?(--\w+)", make_parser().format_help(), re.MULTILINE)
    assert listed == list(OPTIONS)


def test_the_defaults_are_frozen() -> None:
    config = read_config([])
    assert {f"--{name}": value for name, value in vars(config).items()} == {
        name: value for name, value in OPTIONS.items() if name not in ("--help", "--config", "--print_config")
    }


def test_every_setting_has_a_help_text() -> None:
    texts = re.split(r"^  --", make_parser().format_help(), flags=re.MULTILINE)[1:]
    # Without one, the name and its value are followed by the type at once.
    assert [text for text in texts if re.match(r"\w+ \S+\s+\(type", text)] == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["digits", "--lr", "0.5", "--name", "x"],
        ["--lr", "0.5", "digits", "--name=x"],
        ["--lr=0.5", "--name", "x", "--source", "digits"],
    ],
)
def test_settings_stand_in_any_order(arguments: list[str]) -> None:
    assert read_config(arguments) == FitConfig(lr=0.5, name="x")


def test_a_file_sets_and_the_command_line_wins(settings_file: Path) -> None:
    settings_file.write_text("lr: 0.5\nepochs: 3\nsource: digits\n")
    config = read_config(["--config", str(settings_file), "--epochs", "7"])
    assert (config.lr, config.epochs) == (0.5, 7)


def test_print_config_prints_what_config_reads(settings_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--lr", "1e-05", "--print_config"]) == 0
    settings_file.write_text(capsys.readouterr().out)
    assert read_config(["--config", str(settings_file)]) == FitConfig(lr=1e-5)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--leer", "1"], "there is no setting --leer; did you mean --lr? xent fit --help lists all settings"),
        (
            ["--patience=3"],
            "there is no setting --patience; did you mean --patience_epochs? xent fit --help lists all settings",
        ),
        (["--qqqq", "1"], "there is no setting --qqqq; xent fit --help lists all settings"),
        # Abbreviations would change their meaning with each new setting.
        (["--epoch", "1"], "there is no setting --epoch; did you mean --epochs? xent fit --help lists all settings"),
        (["mnist"], "--source: expected one of digits, got 'mnist'; write for example --source digits"),
        (["digits", "digits"], "expected one source, got 2: digits digits; write one, or none"),
        (["--lr", "fast"], "--lr: expected a number above 0, got 'fast'; write for example --lr 0.001"),
        (["--lr", "-1"], "--lr: expected a number above 0, got -1.0; write for example --lr 0.001"),
        (
            ["--epochs", "1.5"],
            "--epochs: expected a whole number of at least 1, got '1.5'; write for example --epochs 100",
        ),
        (
            ["--optimizer", "sgd"],
            "--optimizer: expected one of adam, adamw, got 'sgd'; write for example --optimizer adam",
        ),
        (["--lr"], "--lr needs a value; write for example --lr 0.001"),
        (["--lr", "--epochs", "3"], "--lr needs a value; write for example --lr 0.001"),
        (["--config"], "--config needs a value; write for example --config settings.yaml"),
    ],
)
def test_a_mistake_on_the_command_line(arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    assert capsys.readouterr().err == f"xent fit: error: {text}\n"


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (
            "patience: 3",
            "in the YAML file: there is no setting patience; did you mean patience_epochs? "
            "xent fit --help lists all settings",
        ),
        ("lr: [1, 2]", "--lr: expected a number above 0, got '[1, 2]'; write for example --lr 0.001"),
        ("epochs: 0", "--epochs: expected a whole number of at least 1, got 0; write for example --epochs 100"),
    ],
)
def test_a_mistake_in_the_file(
    written: str, text: str, settings_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings_file.write_text(written)
    assert run(["--config", str(settings_file)]) == 2
    assert capsys.readouterr().err == f"xent fit: error: {text}\n"


def test_a_file_that_is_not_there(settings_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--config", str(settings_file)]) == 2
    assert capsys.readouterr().err == f"xent fit: error: --config: File does not exist: '{settings_file}'\n"


def test_a_file_that_is_not_yaml(settings_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings_file.write_text("lr: : 3")
    assert run(["--config", str(settings_file)]) == 2
    assert capsys.readouterr().err.startswith("xent fit: error: Problems parsing config: ")


@pytest.mark.parametrize(("ending", "status"), [(Ending.EPOCHS, 0), (Ending.PATIENCE, 0), (Ending.INTERRUPT, 130)])
def test_the_exit_status_tells_how_it_ended(ending: Ending, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def finished(config: FitConfig) -> FitResult:
        asked.append(config)
        row = EpochRow(1, 1.0, 0.5, 1.0, 0.5, 1e-3, 1.0, True)
        return FitResult(Path(), ("a",), ending, [row], row, None)

    monkeypatch.setattr(fit_module, "fit", finished)
    assert run(["--seed", "5"]) == status
    assert asked == [FitConfig(seed=5)]


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (fit_module.TrainingError("it diverged"), 1, "it diverged"),
        (PermissionError(13, "Permission denied", "runs"), 1, "[Errno 13] Permission denied: 'runs'"),
        (
            SettingError("accelerator", "a device of this machine", "cuda", "auto"),
            2,
            "--accelerator: expected a device of this machine, got 'cuda'; write for example --accelerator auto",
        ),
    ],
)
def test_a_failed_run_says_why(
    error: Exception, status: int, text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(config: FitConfig) -> FitResult:
        raise error

    monkeypatch.setattr(fit_module, "fit", failing)
    assert run([]) == status
    assert capsys.readouterr().err == f"xent fit: error: {text}\n"


@pytest.mark.parametrize("missing", ["jsonargparse", "lightning_fabric", "rich", "safetensors", "sklearn"])
def test_a_missing_extra_is_named_with_the_command_to_install_it(
    missing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # None is how Python marks a module that cannot be imported.
    monkeypatch.setitem(sys.modules, missing, None)
    assert run(["--help"]) == 1
    assert capsys.readouterr().err == f"xent fit: error: {missing} not installed; write: pip install 'xent[train]'\n"

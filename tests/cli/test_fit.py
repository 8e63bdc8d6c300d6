"""`crossent fit`: its settings, where they come from, the texts of their errors, and its exit status."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from crossent.cli import main
from crossent.cli.fit import make_parser
from crossent.train.config.fit import FitConfig, SettingError
from crossent.train.config.names import configured
from crossent.train.data import DataError
from crossent.train.errors import TrainingError
from crossent.train.fitting import api
from crossent.train.fitting import fit as fitting
from crossent.train.fitting.loop import Ending
from crossent.train.state.checkpoint import CheckpointError

from .reading import read_config, read_settings

# Frozen: a setting that goes or changes its name breaks the scripts of users. Those of the data are tested with them.
OPTIONS = {
    "--trust-code": None,
    "--help": None,
    "--config": None,
    "--resume": None,
    "--refit": True,
    "--print_config": None,
    "--lr": None,
    "--batch_size": None,
    "--micro_batch_size": None,
    "--epochs": None,
    "--steps": None,
    "--time_limit": None,
    "--folds": None,
    "--evaluate_every": "1epoch",
    "--save_every": None,
    "--clip": None,
    "--ema": None,
    "--seed": 0,
    "--accelerator": "auto",
    "--devices": 1,
    "--nodes": 1,
    "--max_restarts": 0,
    "--strategy": "auto",
    "--precision": "32-true",
    "--threads": 1,
    "--logger": "tensorboard",
    "--lang": "auto",
    "--out": "runs",
    "--name": None,
    "--model.name": "auto",
    "--model.kwargs": {},
    "--model.vectors": None,
    "--model.freeze": False,
    "--loss.weight": None,
    "--loss.pos_weight": None,
    "--loss.label_smoothing": 0.0,
    "--loss.smoothing_weight": "target",
    "--loss.ignore_index": None,
    "--loss.gamma": 0.0,
    "--optimizer.name": "adamw",
    "--optimizer.weight_decay": None,
    "--optimizer.decay_all": False,
    "--optimizer.momentum": 0.9,
    "--optimizer.nesterov": False,
    "--optimizer.betas": [0.9, 0.999],
    "--optimizer.eps": 1e-8,
    "--optimizer.amsgrad": False,
    "--schedule.name": "auto",
    "--schedule.warmup": None,
    "--schedule.patience": "4epochs",
    "--schedule.factor": 0.5,
    "--schedule.min_lr": 0.0,
    "--stop.patience": "10epochs",
    "--stop.min_delta": 0.0,
    "--stop.monitor": "val_loss",
}
LISTED = "crossent fit --help lists all settings"
ALONE = ("--help", "--config", "--resume", "--print_config", "--trust-code")


def run(arguments: list[str]) -> int:
    return main(["fit", *arguments])


@pytest.fixture
def settings_file(tmp_path: Path) -> Path:
    return tmp_path / "settings.yaml"


def test_the_options_are_frozen() -> None:
    listed = re.findall(r"^  (?:-h, )?(--[\w.-]+)", make_parser().format_help(), re.MULTILINE)
    groups = {f"--{name}" for name in ("data", "model", "loss", "optimizer", "schedule", "stop")}
    own = [name for name in listed if not name.startswith("--data.") and name not in groups]
    assert sorted(own) == sorted(OPTIONS)


def test_the_defaults_are_frozen() -> None:
    config = FitConfig()
    for option, value in OPTIONS.items():
        if option not in ALONE:
            found: Any = config
            for part in option.removeprefix("--").split("."):
                found = getattr(found, part)
            assert found == value, option


def test_every_setting_has_a_help_text() -> None:
    texts = re.split(r"^  --", make_parser().format_help(), flags=re.MULTILINE)[1:]
    # Without one, the name and its value are followed by what it may be at once.
    assert [text for text in texts if re.match(r"[\w.]+ VALUE\s+\(", text)] == []


def test_help_answers_at_once_and_without_torch() -> None:
    code = "import sys, crossent.cli; crossent.cli.main(['fit', '--help']); assert 'torch' not in sys.modules"
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
        seconds.append(time.perf_counter() - start)
    # 0.15 s on a free core; the machine of a test may be busy.
    assert min(seconds) < 1.0


@pytest.mark.parametrize(
    "arguments",
    [
        ["digits", "--lr", "0.5", "--name", "x", "--momentum", "0.5"],
        ["--lr", "0.5", "digits", "--name=x", "--optimizer.momentum=0.5"],
        ["--lr=0.5", "--name", "x", "--source", "digits", "--optimizer.momentum", "0.5"],
    ],
)
def test_settings_stand_in_any_order(arguments: list[str]) -> None:
    assert read_config(arguments) == configured(FitConfig(lr=0.5, name="x"), {"momentum": 0.5})


@pytest.mark.parametrize(
    ("arguments", "settings"),
    [
        (["--optimizer", "sgd", "--nesterov", "true"], {"optimizer": {"name": "sgd", "nesterov": True}}),
        (["--weight", "[1, 2.5]"], {"loss.weight": [1.0, 2.5]}),
        (["--weight", "balanced"], {"loss.weight": "balanced"}),
        (["--weight", '{"cat": 2}'], {"loss.weight": {"cat": 2.0}}),
        (["--pos_weight", "3"], {"loss.pos_weight": 3.0}),
        (["--patience", "null"], {"stop.patience": None}),
        (["--patience", "1000steps"], {"stop.patience": "1000steps"}),
        (["--lr", "auto", "--model", "cnn"], {"lr": "auto", "model.name": "cnn"}),
        (
            ["--model.kwargs.width", "32", "--model.kwargs.deep", "true"],
            {"model.kwargs": {"width": 32, "deep": True}},
        ),
        (["--model.kwargs", '{"hidden": [8, 8]}'], {"model.kwargs": {"hidden": [8, 8]}}),
        (["reviews.csv", "--target", "stars"], {"data.source": "reviews.csv", "data.target": "stars"}),
        (["--seed", "-0"], {}),
        # However they are written.
        (["--label-smoothing=0.1", "--batch-size", "8"], {"label_smoothing": 0.1, "batch_size": 8}),
        (
            ["--loss.label-smoothing", "0.1", "--model.kwargs.n-hidden=2"],
            {"model.kwargs": {"n_hidden": 2}, "loss.label_smoothing": 0.1},
        ),
        (["--name", "null", "--name", "123"], {"name": "123"}),
        (["--delimiter", "; "], {"delimiter": "; "}),
        (["--delimiter", "-"], {"delimiter": "-"}),
        # A value that happens to be the source is no second source.
        (["wine", "--name", "wine"], {"source": "wine", "name": "wine"}),
    ],
)
def test_values_are_read_as_their_types(arguments: list[str], settings: dict[str, Any]) -> None:
    assert read_config(arguments) == configured(FitConfig(), settings)


def test_a_file_sets_and_the_command_line_wins(settings_file: Path) -> None:
    settings_file.write_text("lr: 0.5\nepochs: 3\nsource: wine\noptimizer:\n  momentum: 0.5\nmodel: cnn\n")
    config = read_config(["--config", str(settings_file), "--epochs", "7"])
    assert (config.lr, config.epochs, config.data.source, config.model.name) == (0.5, 7, "wine", "cnn")
    assert config.optimizer.momentum == 0.5


def test_print_config_prints_what_config_reads(settings_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--lr", "1e-05", "--weight", "[1, 2]", "--print_config"]) == 0
    settings_file.write_text(capsys.readouterr().out)
    assert read_config(["--config", str(settings_file)]) == configured(FitConfig(lr=1e-5), {"weight": [1.0, 2.0]})


def test_resume_names_a_run_and_may_change_settings() -> None:
    given = make_parser().read(["--resume", "runs/x", "--epochs", "7"])
    assert given is not None
    assert given.resume == Path("runs/x")
    assert read_settings(["--resume", "runs/x", "--epochs", "7"]) == {"epochs": 7}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--leer", "1"], "there is no setting --leer; did you mean --lr? crossent fit --help lists all settings"),
        (["--learning-rate=1"], "there is no setting --learning-rate; did you mean --lr? " + LISTED),
        (
            ["--optimizer.momentun", "1"],
            "there is no setting --optimizer.momentun; did you mean --optimizer.momentum? " + LISTED,
        ),
        (["--qqqq", "1"], "there is no setting --qqqq; crossent fit --help lists all settings"),
        # Abbreviations would change their meaning with each new setting.
        (
            ["--epoch", "1"],
            "there is no setting --epoch; did you mean --epochs? crossent fit --help lists all settings",
        ),
        (
            ["digits", "wine"],
            "one argument too many: 'wine'\nusage: crossent fit [SOURCE] [--SETTING VALUE ...]\n"
            "       crossent fit --resume RUN [--SETTING VALUE ...]",
        ),
        (["--lr", "fast"], "--lr: expected a number above 0, or auto, got 'fast'; write for example --lr 0.001"),
        (["--lr", "-1"], "--lr: expected a number above 0, or auto, got '-1'; write for example --lr 0.001"),
        (
            ["--epochs", "1.5"],
            "--epochs: expected a whole number of at least 1, got '1.5'; write for example --epochs 100",
        ),
        (
            ["--patience", "10"],
            "--stop.patience: expected a whole number of at least 1 and its unit (steps, epochs, evaluations), "
            "got '10'; write for example --stop.patience 10epochs",
        ),
        (
            ["--optimizer", "sdg"],
            "--optimizer.name: expected one of sgd, adam, adamw, got 'sdg'; write for example --optimizer.name adamw",
        ),
        (
            ["--betas", "[1]"],
            "--optimizer.betas: expected two numbers of at least 0 and below 1, got '[1]'; "
            "write for example --optimizer.betas '[0.9, 0.999]'",
        ),
        (["--lr"], "--lr needs a value; write for example --lr 0.001"),
        (["--lr", "--epochs", "3"], "--lr needs a value; write for example --lr 0.001"),
        (["--config"], "--config needs a value; write for example --config settings.yaml"),
        (["--resume"], "--resume needs a value; write for example --resume runs/first-try"),
    ],
)
def test_a_mistake_on_the_command_line(arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    assert capsys.readouterr().err == f"crossent fit: error: {text}\n"


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("patienc: 3", "in FILE: there is no setting patienc; did you mean patience? " + LISTED),
        (
            "optimizer:\n  mmentum: 3",
            "in FILE: there is no setting optimizer.mmentum; did you mean optimizer.momentum? " + LISTED,
        ),
        ("lr: [1, 2]", "--lr: expected a number above 0, or auto, got [1, 2]; write for example --lr 0.001"),
        ("epochs: 0", "--epochs: expected a whole number of at least 1, got 0; write for example --epochs 100"),
        ("- lr", "--config: FILE cannot be read: it must hold settings, a line each; write for example lr: 0.001"),
    ],
)
def test_a_mistake_in_the_file(
    written: str, text: str, settings_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings_file.write_text(written)
    assert run(["--config", str(settings_file)]) == 2
    assert capsys.readouterr().err == f"crossent fit: error: {text}\n".replace("FILE", str(settings_file))


def test_a_file_that_is_not_there_or_not_yaml(settings_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--config", str(settings_file)]) == 2
    expected = f"crossent fit: error: --config: {settings_file} cannot be read (No such file or directory)\n"
    assert capsys.readouterr().err == expected
    settings_file.write_text("lr: : 3")
    assert run(["--config", str(settings_file)]) == 2
    assert capsys.readouterr().err.startswith(
        f"crossent fit: error: --config: {settings_file} cannot be read: it is not YAML: mapping values"
    )


@pytest.mark.parametrize(
    ("ending", "number", "status"),
    [(Ending.EPOCHS, None, 0), (Ending.SIGNAL, signal.SIGINT, 130), (Ending.SIGNAL, signal.SIGTERM, 143)],
)
def test_the_exit_status_tells_how_it_ended(
    ending: Ending, number: int | None, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def finished(**arguments: Any) -> Any:
        assert arguments.pop("began") <= time.monotonic()
        asked.append(arguments)
        return fitting.Outcome(Path(), ending, [], None, number)

    monkeypatch.setattr(api, "run", finished)
    assert run(["--seed", "5"]) == status
    assert run(["--resume", "runs/x", "--epochs", "9"]) == status
    assert asked == [{"config": FitConfig(seed=5)}, {"resume": Path("runs/x"), "trust_code": False, "epochs": 9}]


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (TrainingError("it diverged"), 1, "it diverged"),
        (CheckpointError("it is cut short"), 1, "it is cut short"),
        (DataError("row 3 is empty"), 1, "row 3 is empty"),
        (PermissionError(13, "Permission denied", "runs"), 1, "runs: Permission denied"),
        (
            SettingError("accelerator", "a device of this machine", "cuda", "auto"),
            2,
            "--accelerator: expected a device of this machine, got 'cuda'; write for example --accelerator auto",
        ),
        (
            SettingError("data.source", "a file that exists", "nowhere.csv", "digits"),
            2,
            "SOURCE: expected a file that exists, got 'nowhere.csv'; write for example digits",
        ),
    ],
)
def test_a_failed_run_says_why(
    error: Exception, status: int, text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(**arguments: Any) -> Any:
        raise error

    monkeypatch.setattr(api, "run", failing)
    assert run([]) == status
    assert capsys.readouterr().err == f"crossent fit: error: {text}\n"

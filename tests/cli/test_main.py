"""The `crossent` command itself: its help, its errors, and how little it loads."""

from __future__ import annotations

import subprocess
import sys
from argparse import Namespace
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import pytest

from crossent.cli import COMMANDS, main

HELP = """\
usage: crossent COMMAND [ARGUMENTS]

Exact, fast, talkative classification losses for PyTorch, and a training system built on them.

commands:
"""


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(HELP)
    width = max(map(len, COMMANDS))
    assert all(f"  {name:<{width}}  {command.help}\n" in out for name, command in COMMANDS.items())
    assert err == ""


def test_no_command_is_an_error_with_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    out, err = capsys.readouterr()
    assert (out, err.startswith(HELP)) == ("", True)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"crossent {version('crossent')}\n"


@pytest.mark.parametrize(("written", "hint"), [("fti", "; did you mean crossent fit?"), ("xyz", ".")])
def test_an_unknown_command_is_answered_with_the_nearest(
    written: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([written]) == 2
    listed = ", ".join(COMMANDS)
    assert capsys.readouterr().err == (
        f"crossent: error: there is no command '{written}'{hint} The commands are: {listed}.\n"
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_run(name: str) -> None:
    assert callable(import_module(COMMANDS[name].module).run)


def test_ctrl_c_ends_a_command_with_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def stopped(given: Namespace) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("crossent.cli.fit.run", stopped)
    assert main(["fit"]) == 130
    assert capsys.readouterr().err == "\ncrossent: stopped by Ctrl-C\n"


ROOT = Path(__file__).parent.parent.parent


# What may not be loaded to answer; torch alone takes a second or more.
@pytest.mark.parametrize(
    ("arguments", "status", "unloaded"),
    [
        (["--help"], 0, ("torch", "numpy", "rich")),
        (["--version"], 0, ("torch", "numpy", "rich")),
        (["fit", "--help"], 0, ("torch", "numpy", "sklearn", "lightning_fabric")),
        (["fit", "--print_config"], 0, ("torch", "numpy", "sklearn", "lightning_fabric")),
        (["fit", "--leer", "1"], 2, ("torch", "numpy", "sklearn", "lightning_fabric")),
        # Data without classes, and folders in which there is nothing to find.
        (["fit", str(ROOT / "tests" / "cli")], 1, ("torch", "sklearn", "lightning_fabric")),
        (["fit", str(ROOT / "pyproject.toml")], 1, ("torch", "sklearn", "lightning_fabric")),
        (["predict", str(ROOT / "tests"), "x.csv", "-o", "y.csv"], 2, ("torch", "numpy", "sklearn")),
        (["test", "no/such/run"], 2, ("torch", "numpy", "sklearn")),
        (["export", "no/such/run", "a.onnx"], 2, ("torch", "numpy", "sklearn")),
        (["bench", "--help"], 0, ("torch", "numpy", "matplotlib")),
        (["bench", "--cases", "xyz"], 2, ("torch", "numpy", "matplotlib")),
    ],
)
def test_an_answer_does_not_wait_for_torch(arguments: list[str], status: int, unloaded: tuple[str, ...]) -> None:
    code = (
        f"import sys; from crossent.cli import main; status = main({arguments})\n"
        f"loaded = [name for name in {unloaded} if name in sys.modules]\n"
        f"sys.exit(f'status {{status}}, loaded {{loaded}}' if loaded or status != {status} else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_python_m_crossent_is_the_command() -> None:
    done = subprocess.run([sys.executable, "-m", "crossent", "fti"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("crossent: error: there is no command 'fti'; did you mean crossent fit?")


def test_memory_that_is_not_there_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(given: Namespace) -> int:
        raise errors.pop()

    monkeypatch.setattr("crossent.cli.info.run", fails)
    errors = [
        RuntimeError("sizes do not fit"),
        MemoryError(),
        RuntimeError("unable to mmap 3221225472 bytes from file <model.safetensors>: Cannot allocate memory (12)"),
    ]
    for asked in ("3.00 GiB more were asked for", "Python has none left"):
        assert main(["info"]) == 1
        assert capsys.readouterr().err == f"crossent info: error: there is not enough memory ({asked})\n"
    with pytest.raises(RuntimeError, match="sizes"):
        main(["info"])

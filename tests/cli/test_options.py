"""The options of the commands that take up a run: a change of them is a change for users."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

OPTIONS = {
    "test": ["run", "source", "-h --help", "--split", "-o --output", "--json", "--batch-size"],
    "predict": ["run", "source", "-h --help", "-o --output", "--threshold", "--calibrated", "--batch-size"],
    "export": ["run", "output", "-h --help", "--data"],
}


@pytest.mark.parametrize("command", OPTIONS)
def test_the_options_are_these(command: str) -> None:
    parser = import_module(f"crossent.cli.{command}").make_parser()
    found = [" ".join(action.option_strings) or action.dest for action in parser._actions]
    assert sorted(found) == sorted(OPTIONS[command])
    # Each stands in the help, with a word on what it does.
    assert all(action.help for action in parser._actions)


@pytest.mark.parametrize("command", OPTIONS)
def test_help_loads_nothing_heavy(command: str) -> None:
    code = (
        f"import sys; from crossent.cli import main; assert main([{command!r}, '--help']) == 0; "
        "assert not {'torch', 'numpy', 'lightning_fabric', 'pyarrow', 'matplotlib', 'rich'} & sys.modules.keys()"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: crossent {command} RUN")

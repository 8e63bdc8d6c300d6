"""The options of the commands, and how they are written: a change of them is a change for users."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from crossent.cli import main
from crossent.cli.arguments import UsageError
from crossent.program import Program

RUN = ("run", "--model", "--trust-code", "--lang")
OPTIONS = {
    "info": ["-h --help"],
    "run": ["program", "-h --help", "-m"],
    "doctor": ["program", "-h --help", "-m", "--steps", "--json", "--lang", "--fail-on", "--explain", "--list"],
    "bench": [
        *("-h --help", "-o --output", "--json", "--device", "--dtype", "--cases", "--rounds", "--threads"),
        *("--no-compile", "--quick"),
    ],
    "test": [*RUN, "source", "--query", "-h --help", "--split", "-o --output", "--json", "--batch-size"],
    "predict": [
        *(*RUN, "source", "--query", "-h --help", "-o --out --output", "--threshold", "--calibrated", "--batch-size"),
        "--processes",
    ],
    "export": [*RUN, "output", "-h --help", "--data"],
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
    assert done.stdout.startswith(f"usage: crossent {command}")


@pytest.mark.parametrize("command", OPTIONS)
def test_every_option_with_a_value_has_a_right_one_to_show(command: str) -> None:
    parser = import_module(f"crossent.cli.{command}").make_parser()
    for action in parser._actions:
        if action.option_strings and action.nargs is None:
            name = action.option_strings[-1]
            with pytest.raises(UsageError, match=rf"^{name} needs a value; write for example {name} (?!None)\S.*$"):
                parser.read([name])


@pytest.mark.parametrize(
    ("arguments", "values"),
    [
        (["test", "run", "--batch-size", "3"], {"batch_size": 3}),
        (["test", "run", "--batch_size=3"], {"batch_size": 3}),
        (["test", "--json", "run", "-o", "x", "source"], {"json": True, "run": "run", "source": "source"}),
        (["predict", "-oout.csv", "run", "-"], {"output": Path("out.csv"), "source": "-"}),
        (["predict", "-o=out.csv", "--", "--run", "-x"], {"output": Path("out.csv"), "run": "--run", "source": "-x"}),
        (["bench", "--no_compile", "--rounds", "2", "--rounds", "3"], {"no_compile": True, "rounds": 3}),
        (["doctor", "--fail_on=never", "-m", "json.tool", "--lang", "x"], {"fail_on": "never", "lang": "auto"}),
        (["doctor", "-mjson.tool", "-h"], {"program": Program("json.tool", ["-h"], is_module=True)}),
        (["run", __file__, "--steps", "-m"], {"program": Program(__file__, ["--steps", "-m"])}),
    ],
)
def test_one_reader_for_all(arguments: list[str], values: dict[str, object]) -> None:
    given = import_module(f"crossent.cli.{arguments[0]}").make_parser().read(arguments[1:])
    assert {name: getattr(given, name) for name in values} == values


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "--hlep", "x.py"], "there is no option --hlep; did you mean --help? "),
        (["run", "--lr", "3"], "there is no option --lr; options of the script come after its name; "),
        (["doctor", "--fail_no", "x.py"], "there is no option --fail_no; did you mean --fail-on? "),
        (["predict", "run", "--batch_sise", "3"], "there is no option --batch_sise; did you mean --batch-size? "),
    ],
)
def test_the_nearest_option_is_named(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = arguments[0]
    assert main(arguments) == 2
    expected = f"crossent {command}: error: {message}crossent {command} --help lists all options\n"
    assert capsys.readouterr().err == expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["doctor"], "SCRIPT is missing\nusage: crossent doctor [OPTIONS] SCRIPT [ARGUMENTS]\n"),
        (["run"], "SCRIPT is missing\nusage: crossent run SCRIPT [ARGUMENTS]\n"),
        (["run", "-m"], "-m needs a value; write for example -m package.module\n"),
    ],
)
def test_no_program(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err.startswith(f"crossent {arguments[0]}: error: {message}")

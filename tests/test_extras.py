"""One table of packages per extra: it is pyproject.toml's, and commands and functions say the same."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import crossent.train
import crossent.train.data
from crossent.cli import main
from crossent.extras import EXTRAS, MissingPackageError, require

if sys.version_info >= (3, 11):
    import tomllib
else:
    # pytest brings it there.
    import tomli as tomllib

PYPROJECT = Path(__file__).parent.parent / "pyproject.toml"
MISSING = 'rich, sklearn not installed; write: pip install "crossent[train]"'


def test_the_packages_are_those_of_pyproject() -> None:
    extras = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    declared = {name: {re.split(r"[^\w-]", line)[0] for line in extras[name]} for name in EXTRAS}
    assert {extra: set(packages.values()) for extra, packages in EXTRAS.items()} == declared


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> None:
    # None is how Python marks a module that cannot be imported.
    for name in ("rich", "sklearn", "tensorboard"):
        monkeypatch.setitem(sys.modules, name, None)


@pytest.mark.parametrize(
    "arguments",
    [["fit"], ["fit", "--lr", "0.1"], ["test", "run"], ["predict", "run", "new.csv", "-o", "out.csv"]],
    ids=" ".join,
)
@pytest.mark.usefixtures("without")
def test_a_command_names_what_is_missing(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 1
    assert capsys.readouterr().err == f"crossent {arguments[0]}: error: {MISSING}\n"


@pytest.mark.parametrize("name", ["fit", "load_run", "Run"])
@pytest.mark.usefixtures("without")
def test_a_function_says_the_same(name: str) -> None:
    with pytest.raises(MissingPackageError, match=re.escape(MISSING)) as caught:
        getattr(crossent.train, name)
    assert caught.value.name == "rich"


@pytest.mark.usefixtures("without")
def test_data_say_the_same() -> None:
    with pytest.raises(MissingPackageError, match=re.escape(MISSING)):
        crossent.train.data.from_python  # noqa: B018
    with pytest.raises(MissingPackageError, match=re.escape(MISSING)):
        crossent.train.data.load(crossent.train.data.DataConfig("wine"))


def test_every_help_answers_without_any_extra() -> None:
    code = (
        "import sys\n"
        "from crossent.extras import EXTRAS\n"
        "sys.modules |= {name: None for packages in EXTRAS.values() for name in packages}\n"
        "from crossent.cli import COMMANDS, main\n"
        "assert all(main([name, '--help']) == 0 for name in COMMANDS)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL, timeout=60)


def test_what_is_there_is_not_missed() -> None:
    for extra in ("train", "export", "bench"):
        require(extra)

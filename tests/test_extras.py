"""One table of packages per extra: it is pyproject.toml's, and commands and functions say the same."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import crossent.sklearn
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
MISSING = {
    "train": 'rich, sklearn not installed; write: pip install "crossent[train]"',
    "predict": 'rich not installed; write: pip install "crossent[predict]"',
}


def test_the_packages_are_those_of_pyproject() -> None:
    extras = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    whole = {
        name: [*lines, *(extras["predict"] if "crossent[predict]" in lines else [])] for name, lines in extras.items()
    }
    declared = {name: {re.split(r"[^\w-]", line)[0] for line in whole[name]} - {"crossent"} for name in EXTRAS}
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
    missing = MISSING["predict" if arguments[0] == "predict" else "train"]
    assert capsys.readouterr().err == f"crossent {arguments[0]}: error: {missing}\n"


@pytest.mark.parametrize(
    ("home", "name", "extra"),
    [
        (crossent.train, "fit", "train"),
        (crossent.train, "load_run", "predict"),
        (crossent.train, "Run", "predict"),
        (crossent.train.data, "from_python", "predict"),
        (crossent.sklearn, "CrossentClassifier", "train"),
    ],
)
@pytest.mark.usefixtures("without")
def test_a_function_says_the_same(home: ModuleType, name: str, extra: str) -> None:
    with pytest.raises(MissingPackageError, match=re.escape(MISSING[extra])) as caught:
        getattr(home, name)
    assert caught.value.name == "rich"


@pytest.mark.usefixtures("without")
def test_what_is_loaded_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(vars(crossent), "load", raising=False)
    with pytest.raises(MissingPackageError, match=re.escape(MISSING["predict"])):
        crossent.load  # noqa: B018


def test_data_inside_scikit_learn_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(MissingPackageError, match=r'^sklearn not installed; write: pip install "crossent\[train\]"$'):
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
    for extra in ("predict", "train", "export", "bench"):
        require(extra)

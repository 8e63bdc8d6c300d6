"""A run folder that somebody handed over names code; nothing of it runs."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from crossent.cli import main
from crossent.train import fit
from crossent.train.config.data import DataConfig
from crossent.train.data.tokens import train_tokenizer
from crossent.train.errors import DataError, ModelError
from crossent.train.inference.loading import load_run
from crossent.train.inference.run import RunError
from crossent.train.state.manifest import record
from crossent.train.state.origin import located

from ..train.conftest import QUIET
from ..train.made import Made
from ..train.made import made as made

# A module that is nowhere loaded, with a class of models, a function that makes one, and a trace of being run.
MODULE = """
from pathlib import Path
from torch import nn
Path(__file__).with_name("imported").touch()

class Net(nn.Linear):
    def __init__(self, **settings):
        Path(__file__).with_name("called").touch()
        super().__init__(30, 1)

class Command:
    def __init__(self, **settings):
        Path(__file__).with_name("called").touch()

def make(**settings):
    return Net()

def annotated(**settings) -> "Net":
    return Net()

def wrongly(**settings) -> "Command":
    return Command()

def emptily(**settings) -> "Nothing":
    return Command()

class Holder:
    Inner = Net

    @property
    def lazy(self):
        Path(__file__).with_name("called").touch()

holder = Holder()
"""


@pytest.fixture
def foreign(made: Callable[[str], Made], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """A run folder whose model is at an import path; `foreign_module` lies in tmp_path."""
    (tmp_path / "foreign_module.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "foreign_module", raising=False)

    def folder(path: str, **kwargs: Any) -> Path:
        copy = Path(shutil.copytree(made("binary").folder, tmp_path / "run"))
        described = {"name": path, "kwargs": kwargs, "given": False}
        (copy / "model.json").write_text(json.dumps(described))
        record(copy, ["model.json"])
        settings = yaml.safe_load((copy / "config.yaml").read_text())
        settings["model"] = {"name": path, "kwargs": kwargs}
        (copy / "config.yaml").write_text(yaml.safe_dump(settings))
        return copy

    return folder


def traces(tmp_path: Path) -> list[str]:
    return [name for name in ("imported", "called") if (tmp_path / name).exists()]


@pytest.mark.parametrize("name", ["Net", "Command", "make", "holder.lazy", "Holder.Inner"])
def test_a_folder_is_not_believed(foreign: Callable[..., Path], tmp_path: Path, name: str) -> None:
    folder = foreign(f"foreign_module:{name}")
    with pytest.raises(RunError, match=re.escape(f"model.json says that its model is foreign_module:{name}, which is")):
        load_run(folder).evaluate("breast_cancer")
    with pytest.raises(RunError, match="write --trust-code"):
        load_run(folder, model="foreign_module:Another").evaluate("breast_cancer")
    with pytest.raises(ModelError, match=re.escape("config.yaml says that its model is foreign_module:")):
        fit(resume=folder, console=QUIET)
    assert traces(tmp_path) == []


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("foreign_module:Command", "the class Command"),
        ("foreign_module:make", "a function"),
        ("foreign_module:wrongly", "a function"),
        ("foreign_module:emptily", "a function"),
        ("foreign_module:holder.lazy", "a property"),
        ("os:system", "a builtin_function_or_method"),
        ("builtins:exec", "a builtin_function_or_method"),
        ("subprocess:Popen", "the class Popen"),
        ("torch:load", "a function"),
        ("torch.nn:Module.apply", "a function"),
    ],
)
def test_trusted_code_is_a_model_or_is_not_called(
    foreign: Callable[..., Path], tmp_path: Path, path: str, what: str
) -> None:
    folder = foreign(path, command=f"touch {tmp_path / 'called'}", args=["touch", str(tmp_path / "called")])
    text = re.escape(f"its model is {path}, which is {what}, not a class of torch.nn.Module: it was not called")
    with pytest.raises(RunError, match=text):
        load_run(folder, trust_code=True).evaluate("breast_cancer")
    with pytest.raises(ModelError, match=text):
        fit(resume=folder, trust_code=True, console=QUIET)
    assert "called" not in traces(tmp_path)


@pytest.mark.parametrize("command", ["predict", "export", "test", "--resume", "--config"])
def test_a_command_asks_for_trust(
    foreign: Callable[..., Path], tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(foreign("foreign_module:Command"))
    arguments = {
        "predict": ["predict", folder, "breast_cancer", "-o", str(tmp_path / "out.csv")],
        "export": ["export", folder, str(tmp_path / "out.pt2")],
        "test": ["test", folder],
        "--resume": ["fit", "--resume", folder],
        "--config": ["fit", "--config", f"{folder}/config.yaml", "--out", str(tmp_path)],
    }[command]
    assert main(arguments) in (1, 2)
    assert "write --trust-code, or --model" in capsys.readouterr().err
    assert traces(tmp_path) == []
    # A path that was typed is imported, and is still no class of models.
    trusted = [[*arguments, "--trust-code"]]
    if command != "--config":
        trusted.append([*arguments, "--model", "foreign_module:Command"])
    for more in trusted:
        assert main(more) in (1, 2)
        assert "Command" in capsys.readouterr().err
    assert traces(tmp_path) == ["imported"]


@pytest.mark.parametrize("name", ["config.yaml", "model.json", "history.csv", "best/model.safetensors", "more/x"])
def test_nothing_waits_for_a_pipe_in_a_folder(made: Callable[[str], Made], tmp_path: Path, name: str) -> None:
    folder = Path(shutil.copytree(made("binary").folder, tmp_path / "run"))
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)
    text = re.escape(f"{folder / name} is no file, but a pipe, a device or a socket; take it out of the folder")
    with pytest.raises(RunError, match=text):
        load_run(folder)
    with pytest.raises(RunError, match=text):
        fit(resume=folder, console=QUIET)


@pytest.mark.parametrize("given", [{"trust_code": True}, {"model": "foreign_module:Net"}])
@pytest.mark.parametrize("name", ["Net", "Holder.Inner", "annotated"])
def test_trusted_code_runs(foreign: Callable[..., Path], tmp_path: Path, name: str, given: dict[str, Any]) -> None:
    folder = foreign(f"foreign_module:{name}")
    if "model" in given:
        given = {"model": f"foreign_module:{name}"}
    # Its weights are those of another model, which is found out once it has been built.
    with pytest.raises(RunError, match="the weights are of another model"):
        load_run(folder, **given).evaluate("breast_cancer")
    assert traces(tmp_path) == ["imported", "called"]


def test_a_function_that_was_typed_makes_a_model(foreign: Callable[..., Path], tmp_path: Path) -> None:
    folder = foreign("foreign_module:make")
    with pytest.raises(RunError, match=r"not called\. If it makes your model, write --model foreign_module:make"):
        load_run(folder, trust_code=True).evaluate("breast_cancer")
    assert traces(tmp_path) == ["imported"]
    with pytest.raises(RunError, match="the weights are of another model"):
        load_run(folder, model="foreign_module:make").evaluate("breast_cancer")
    assert traces(tmp_path) == ["imported", "called"]
    # What is typed is called only where it can be meant as a model's maker.
    other = foreign_path(folder, "torch:zeros")
    with pytest.raises(RunError, match="torch:zeros, which is a builtin_function_or_method, not a class"):
        load_run(other, model="torch:zeros").evaluate("breast_cancer")


def foreign_path(folder: Path, path: str) -> Path:
    """The folder, whose model is at another path."""
    (folder / "model.json").write_text(json.dumps({"name": path, "kwargs": {"size": [3]}, "given": False}))
    record(folder, ["model.json"])
    return folder


@pytest.mark.parametrize("command", ["test", "--resume", "--config"])
def test_nothing_connects_to_a_database_that_a_folder_names(
    foreign: Callable[..., Path], tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = foreign("mlp")
    with socket.create_server(("127.0.0.1", 0)) as server:
        # Whoever listens there would be sent what stands in the environment.
        url = f"postgresql://anna:$HOME@127.0.0.1:{server.getsockname()[1]}/shop"
        settings = yaml.safe_load((folder / "config.yaml").read_text())
        settings["data"]["source"] = url
        (folder / "config.yaml").write_text(yaml.safe_dump(settings))
        arguments = {
            "test": ["test", str(folder)],
            "--resume": ["fit", "--resume", str(folder)],
            "--config": ["fit", "--config", f"{folder}/config.yaml", "--out", str(tmp_path)],
        }[command]
        assert main(arguments) in (1, 2)
        said = capsys.readouterr().err
        assert f"{url}" in said
        assert "would be connected to" in said
        assert "write --trust-code, or" in said
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()
    consented = (frozenset([True]), frozenset([url]))
    assert all(located(folder, DataConfig(source=url), consent).source == url for consent in consented)


@pytest.mark.parametrize(
    "step",
    [
        {"type": "Split", "pattern": {"Regex": "(a|a)*$"}, "behavior": "Isolated", "invert": False},
        {"type": "Split", "pattern": {"String": "a"}, "behavior": "Isolated", "invert": False},
        {"type": "Sequence", "pretokenizers": [{"type": "ByteLevel", "add_prefix_space": True}]},
    ],
)
@pytest.mark.parametrize("part", ["normalizer", "pre_tokenizer", "post_processor", "decoder"])
def test_a_folder_brings_no_pattern_of_its_own(
    made: Callable[[str], Made], tmp_path: Path, part: str, step: dict[str, Any]
) -> None:
    folder = Path(shutil.copytree(made("text").folder, tmp_path / "run"))
    path = folder / "schema" / "tokenizer.json"
    path.write_text(json.dumps({**json.loads(train_tokenizer(["a b"], "words", 10)), part: step}))
    schema = json.loads((folder / "schema" / "schema.json").read_text())
    (folder / "schema" / "schema.json").write_text(json.dumps({**schema, "tokenizer": "words"}))
    record(folder, ["schema/tokenizer.json", "schema/schema.json"])
    with pytest.raises(DataError, match=r"tokenizer.json cannot be read: it has a step of another kind"):
        load_run(folder).predict(["a" * 40 + "!"])

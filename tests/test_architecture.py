"""The house holds: who imports whom, what an import costs, and that every public name is documented."""

from __future__ import annotations

import ast
import doctest
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import crossent

SOURCE = Path(crossent.__file__).parent

# Room -> the rooms of crossent that it may import from (its own always).
MAY_IMPORT = {
    "core": set(),
    "reference": {"core"},
    "kernels": {"core"},
    "ops": {"kernels", "core", "reference"},
    "functional": {"ops", "core"},
    "modules": {"functional", "core"},
    "patching": {"modules", "functional"},
    "train": {"modules", "functional", "core", ""},
    "doctor": {"modules", "functional", "core"},
    "bench": {"modules", "functional", "kernels", "core"},
    "cli": {"train", "doctor", "bench", "core", "patching", "kernels", ""},
    "": {"modules", "functional", "core", "patching", "kernels", "train", "doctor"},
    "__main__": {"cli"},
}

# Package -> the only rooms, or files, that may import it.
FENCES = {
    "triton": ("kernels/triton",),
    "torch.distributed": ("ops/sharded_xent.py", "core/reduction.py", "train"),
    "matplotlib": ("train/report", "bench/plot.py"),
    "lightning_fabric": ("train",),
    "sklearn": ("train",),
    "jsonargparse": ("train", "cli"),
    "rich": ("train", "cli", "doctor/console.py"),
    "numpy": ("train", "cli"),
    "pyarrow": ("train", "cli"),
    "PIL": ("train",),
    "tokenizers": ("train/data",),
}

# What needs nothing but torch: importing it must not bring in any of these.
HEAVY = (
    *("lightning_fabric", "jsonargparse", "sklearn", "rich", "matplotlib"),
    *("triton", "safetensors", "pyarrow", "tokenizers"),
)


def files() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def room(path: Path) -> str:
    """The first folder below crossent, or the name of a module beside it; "" is `crossent/__init__.py`."""
    relative = path.relative_to(SOURCE)
    first = relative.parts[0]
    return "" if first == "__init__.py" else first.removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Dotted names that a file imports, relative ones resolved."""
    package = ["crossent", *path.relative_to(SOURCE).parts[:-1]]
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            found.add(module)
            found.update(f"{module}.{alias.name}" for alias in node.names)
    return found


@pytest.mark.parametrize("path", files(), ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_go_downward(path: Path) -> None:
    own = room(path)
    for name in imports(path):
        if name.split(".")[0] != "crossent":
            continue
        parts = name.split(".")
        target = parts[1] if len(parts) > 1 else ""
        known = target if target in MAY_IMPORT else ""
        assert known == own or known in MAY_IMPORT[own] or (known == "" and name == "crossent"), f"{own} imports {name}"


def test_backends_do_not_import_each_other() -> None:
    folders = [p for p in (SOURCE / "kernels").iterdir() if p.is_dir() and p.name != "__pycache__"]
    for folder in folders:
        for path in folder.rglob("*.py"):
            for other in folders:
                if other != folder:
                    assert not any(n.startswith(f"crossent.kernels.{other.name}") for n in imports(path)), path


@pytest.mark.parametrize("package", FENCES)
def test_fences(package: str) -> None:
    for path in files():
        if any(name == package or name.startswith(package + ".") for name in imports(path)):
            relative = path.relative_to(SOURCE).as_posix()
            assert relative.startswith(FENCES[package]), f"{relative} imports {package}"


def test_every_room_has_a_rule() -> None:
    assert {room(path) for path in files()} <= set(MAY_IMPORT)


def run_python(code: str) -> str:
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_importing_crossent_imports_nothing_heavy_and_patches_nothing() -> None:
    code = f"""
import sys, crossent
assert "torch" not in sys.modules, "import crossent alone must not cost the import of torch"
import torch
torchs = vars(torch.nn.functional)
before = {{name: torchs[name] for name in crossent.functional.__all__ if name in torchs}}
crossent.CrossEntropyLoss, crossent.class_weights, crossent.backends(), crossent.patch
assert all(getattr(torch.nn.functional, n) is v for n, v in before.items()), "importing must not patch"
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    assert run_python(code).strip() == "[]"


def public_objects() -> list[tuple[str, object]]:
    names = [(name, getattr(crossent, name)) for name in crossent.__all__ if name != "functional"]
    return names + [(f"functional.{name}", getattr(crossent.functional, name)) for name in crossent.functional.__all__]


@pytest.mark.parametrize(("name", "value"), public_objects(), ids=[n for n, _ in public_objects()])
def test_public_names_are_documented_with_a_doctest_that_runs(name: str, value: object) -> None:
    text = inspect.getdoc(value)
    assert text, f"{name} has no docstring"
    examples = doctest.DocTestParser().get_examples(text)
    assert examples, f"the docstring of {name} has no example"
    test = doctest.DocTest(examples, {}, name, None, None, text)
    runner = doctest.DocTestRunner(verbose=False)
    output: list[str] = []
    runner.run(test, out=output.append)
    assert runner.failures == 0, "".join(output)


def test_the_public_names_are_these() -> None:
    assert sorted(crossent.__all__) == sorted(
        [
            "BCELoss",
            "BCEWithLogitsLoss",
            "CrossEntropyLoss",
            "LinearCrossEntropyLoss",
            "LinearOptions",
            "LogSoftmax",
            "NLLLoss",
            "Stats",
            "backends",
            "check",
            "class_weights",
            "functional",
            "patch",
            "patched",
            "pos_weights",
            "unpatch",
        ]
    )


def test_files_have_one_subject() -> None:
    long = {p.relative_to(SOURCE).as_posix(): n for p in files() if (n := len(p.read_text().splitlines())) > 300}
    assert not long, f"files of more than 300 lines: {long}"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'crossent' has no attribute 'CrossEntropy'"):
        crossent.CrossEntropy  # noqa: B018

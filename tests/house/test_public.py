"""Every public name is documented with an example that runs; an import costs nothing and patches nothing."""

from __future__ import annotations

import doctest
import inspect
import subprocess
import sys

import pytest

import crossent

# What needs nothing but torch: importing it must not bring in any of these.
HEAVY = (
    *("lightning_fabric", "sklearn", "rich", "matplotlib"),
    *("triton", "safetensors", "pyarrow", "tokenizers"),
)


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
    rooms = {"functional": crossent.functional, "parallel": crossent.parallel}
    return names + [(f"{room}.{name}", getattr(m, name)) for room, m in rooms.items() for name in m.__all__]


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
            "DistillationLoss",
            "LinearBinaryCrossEntropyLoss",
            "LinearCrossEntropyLoss",
            "LinearDistillationLoss",
            "LinearOptions",
            "LogSoftmax",
            "NLLLoss",
            "Stats",
            "TokenLogprobs",
            "backends",
            "check",
            "class_weights",
            "functional",
            "load",
            "patch",
            "patched",
            "pos_weights",
            "unpatch",
        ]
    )


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'crossent' has no attribute 'CrossEntropy'"):
        crossent.CrossEntropy  # noqa: B018


# Torch's own, whose linear loss has another default than its loss of logits.
TORCHS = {"LinearCrossEntropyLoss.ignore_index", "functional.linear_cross_entropy.ignore_index"}
TORCHS |= {"LinearBinaryCrossEntropyLoss.ignore_index", "functional.linear_binary_cross_entropy.ignore_index"}


def test_an_option_is_the_same_wherever_it_stands() -> None:
    """A signature is written out at every loss, for who reads it there: one name has one default in all of them."""
    homes: dict[tuple[str, str], dict[object, list[str]]] = {}
    for name, value in public_objects():
        if not (inspect.isfunction(value) or inspect.isclass(value)) or ("oss" not in name and "entropy" not in name):
            continue
        kind = "binary" if "inary" in name or "BCE" in name else "classes"
        for option in inspect.signature(value).parameters.values():
            if option.default is not option.empty and f"{name}.{option.name}" not in TORCHS:
                homes.setdefault((kind, option.name), {}).setdefault(repr(option.default), []).append(name)
    assert {option: found for option, found in homes.items() if len(found) > 1} == {}
    assert len(homes[("classes", "temperature")]["1.0"]) > 4

"""Docstrings keep up with the code: arguments that they name are those of the signature, errors exist."""

from __future__ import annotations

import ast
import builtins
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from .source import MODULES

# The head of an entry: "name:", or "first, second, third:" over several lines.
ENTRY = re.compile(r"^ {4}(\*{0,2}\w+(?:,\s+\*{0,2}\w+)*):", re.MULTILINE)
SECTION = re.compile(r"^(\w+):\n((?: {4}.*\n|\n)+)", re.MULTILINE)

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Documented(NamedTuple):
    """A function or class that has a docstring."""

    where: str
    node: Definition
    text: str

    def section(self, name: str) -> set[str]:
        """The names to which a section has an entry."""
        sections = dict(SECTION.findall(self.text + "\n"))
        return {word.strip(" *\n") for head in ENTRY.findall(sections.get(name, "")) for word in head.split(",")}


def documented() -> Iterator[Documented]:
    """All that is defined in the package and has a docstring."""
    for module, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, Definition) and (text := ast.get_docstring(node)):
                yield Documented(f"{module}.{node.name}", node, inspect.cleandoc(text))


def parameters(node: Definition) -> set[str]:
    """The names that a call may use: arguments of a function; of a class those of its `__init__`, or its fields."""
    if isinstance(node, ast.ClassDef):
        made = [n for n in node.body if isinstance(n, ast.FunctionDef) and n.name in ("__init__", "__new__")]
        fields = {n.target.id for n in node.body if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)}
        return fields.union(*map(parameters, made)) - {"self", "cls"}
    given = node.args
    single = [argument for argument in (given.vararg, given.kwarg) if argument is not None]
    return {argument.arg for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs, *single)}


def attributes(node: Definition) -> set[str]:
    """Fields, properties and what is assigned to self."""
    names = {n.name for n in ast.walk(node) if isinstance(n, ast.FunctionDef)} | parameters(node)
    return names | {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}


ALL = list(documented())


@pytest.mark.parametrize("section", ["Args", "Attributes"])
def test_names_in_docstrings_are_those_of_the_signature(section: str) -> None:
    allowed = {"Args": parameters, "Attributes": attributes}[section]
    named = {doc.where: (doc.section(section), allowed(doc.node)) for doc in ALL}
    assert any(names for names, _ in named.values())
    stale = {where: sorted(names - known) for where, (names, known) in named.items() if names - known}
    assert not stale


def test_documented_errors_exist() -> None:
    classes = {doc.node.name for doc in ALL if isinstance(doc.node, ast.ClassDef)}
    raised = {doc.where: doc.section("Raises") for doc in ALL}
    assert any(raised.values())
    unknown = {where: names - classes - vars(builtins).keys() for where, names in raised.items()}
    assert not {where: sorted(names) for where, names in unknown.items() if names}


def test_docstrings_begin_with_a_verb_or_a_noun() -> None:
    """Here and in the tests; scripts for the doctor are written as people write them."""
    tests = Path(__file__).parent.parent
    texts = {path: path.read_text(encoding="utf-8") for path in (*MODULES.values(), *tests.rglob("*.py"))}
    assert len(texts) > len(MODULES)
    riddles = [path for path, text in texts.items() if re.search(r'"""(What|Whatever|Whether) ', text)]
    assert not [path for path in riddles if "scripts" not in path.parts]


def test_entries_are_read_whatever_their_shape() -> None:
    entries = "    first: a\n        b: no entry.\n    second,\n        third: two.\n    **rest: d\n"
    text = f"Sum.\n\nArgs:\n{entries}\nReturns:\n    e: f\n"
    node = ast.parse("def f(first, second, third, **rest): ...").body[0]
    assert isinstance(node, ast.FunctionDef)
    doc = Documented("f", node, text.strip())
    assert doc.section("Args") == parameters(node) == {"first", "second", "third", "rest"}
    assert doc.section("Raises") == set()

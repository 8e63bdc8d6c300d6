"""Texts in two languages say the same things: the same placeholders, formatted alike."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from string import Formatter

import pytest

from crossent.cli.fit import _field_texts, _title
from crossent.train.config.fit import FitConfig, rules
from crossent.train.config.rules import groups_of
from crossent.train.errors import DataError
from crossent.wording import TABLES, folded, language_of, say, speaking, width

from .source import MODULES, SOURCE


def texts() -> Iterator[tuple[str, str, str]]:
    """Place, English and Chinese of every `Text(…)` that is written out."""
    for module, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Text":
                given = [*node.args, *(keyword.value for keyword in node.keywords)]
                both = [value.value for value in given if isinstance(value, ast.Constant)]
                if len(both) == 2:
                    yield f"{module}:{node.lineno}", *both


def placeholders(text: str) -> Counter[str]:
    """The placeholders with their formats; a value that is a word has a second name in Chinese."""
    fields = [(name.removesuffix("_zh"), form) for _, name, form, _ in Formatter().parse(text) if name is not None]
    return Counter(f"{{{name}:{form}}}" for name, form in fields)


def test_both_languages_have_the_same_placeholders() -> None:
    found = list(texts())
    assert len(found) > 400
    apart = {place: (placeholders(en), placeholders(zh)) for place, en, zh in found}
    # A sentence may need a name twice; it must not lack one.
    assert not {place: [*(en - zh), *(zh - en)] for place, (en, zh) in apart.items() if en.keys() != zh.keys()}


def test_texts_are_written_in_their_language() -> None:
    for place, en, zh in texts():
        # A sentence that is all values has no words of its own.
        if not re.search(r"[a-z]", re.sub(r"\{.*?\}", "", en)):
            continue
        assert en != zh, place
        assert not any("\u4e00" <= letter <= "\u9fff" for letter in en), place
        assert any("\u4e00" <= letter <= "\u9fff" for letter in zh), place


@cache
def strings(path: Path) -> dict[int, str]:
    """Every string of a module by its node, whole ones alone, with a mark in the place of each value."""
    found: dict[int, str] = {}
    parts: set[int] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.JoinedStr):
            values = (part.value if isinstance(part, ast.Constant) else "\0" for part in node.values)
            found[id(node)] = "".join(map(str, values))
            parts |= set(map(id, node.values))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            found[id(node)] = re.sub(r"\{[^{}]*\}", "\0", node.value)
    return found


@cache
def parsed(path: Path) -> ast.Module:
    """The tree of a module, the same at each call."""
    return ast.parse(path.read_text(encoding="utf-8"))


def settings() -> set[str]:
    """The texts of `crossent fit --help` on settings, which stand in docstrings."""
    groups = {"": FitConfig, **groups_of(FitConfig)}
    return {
        *map(_title, groups.values()),
        *(_field_texts(groups[name.rpartition(".")[0]])[name.rpartition(".")[2]] for name in rules()),
    }


@cache
def templates() -> set[str]:
    """Every string of the package's code and of its pages, and argparse's own titles."""
    found = settings() | {"positional arguments", "options"}
    for module, path in MODULES.items():
        if module.removeprefix("crossent.") not in TABLES:
            found.update(strings(path).values())
    for page in (SOURCE / "train" / "report").glob("*.html"):
        for said in re.findall(r'say\("([^"]*)"', page.read_text(encoding="utf-8")):
            found.add(re.sub(r"\{[^{}]*\}|%\.1f(?=%)", "\0", said).replace("%%", "%"))
    return found


def twins(table: str) -> dict[str, str]:
    """The English texts of a table, by themselves with a mark in the place of each value."""
    return {
        "".join(part + "\0" * (name is not None) for part, name, *_ in Formatter().parse(text.en)): text.en
        for text in import_module(f"crossent.{table}").TEXTS
    }


@pytest.mark.parametrize("table", TABLES)
def test_what_is_translated_is_said(table: str) -> None:
    """A table must not keep what the code says in other words since."""
    assert not [en for marked, en in twins(table).items() if marked not in templates()]


# Words that are not said: what others say, commands, names in a usage, patterns, stored reasons of a stop.
NOT_SAID = {
    "cli": r"\s*crossent [-\w\0]*,? .*|.*CPU threads per operation.*|no CUDA device|select .*|"
    r"(-m |[-\[|\]…. ])*[A-Z]{2,}[-\[|\]. A-Z…\w]*|--[\w-]+ .*",
    "train": r"module .*",
    "train.config": r"select .*",
    "train.data": r"module .*|decimal comma|another value|cannot identify|unexpected end|expected after|"
    r"field limit|select .*|(aws|gcloud|azcopy|curl|hf) .*",
    "train.errors": r"could not create a .*|can't start .*|.*allocate.*",
    "train.fitting": r"(crossent|--precision).*|Connection .*|NCCL .*|Broken pipe|early stopping|"
    r"all (epochs|steps) done|the time is over|stopped by a signal",
    "train.report": r"crossent .*|.*[<>\\].*|lower right|Glyph .*| width=.*",
    "train.runtime": r"You passed `Fabric",
    "train.state": r".*I/O error.*|count\(\) does not end",
}


def said(path: Path) -> set[str]:
    """The sentences of a module: strings of two words and more that are neither a docstring nor our own assertion."""
    own: set[int] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Assert) and node.msg is not None:
            own |= {id(part) for part in ast.walk(node.msg)}
        if isinstance(node, ast.Expr):
            own.add(id(node.value))
    found = {text for node, text in strings(path).items() if node not in own}
    return {text for text in found if len(re.findall(r"[A-Za-z]{2,}", text)) > 1 and " " in text.strip()}


def test_what_is_said_is_translated() -> None:
    """Every text of the training and of the command line has its twin, in a table of any room."""
    known = {marked for table in TABLES for marked in twins(table)}
    missing, seen = [], set()
    for module, path in MODULES.items():
        name = module.removeprefix("crossent.")
        if not name.startswith(("train", "cli", "extras", "program", "files")) or name in TABLES:
            continue
        room = ".".join(name.split(".")[: 2 if name.startswith("train") else 1])
        room = room if room.startswith("train") else "cli"
        for text in said(path):
            exempt = re.fullmatch(NOT_SAID.get(room, "-"), text, re.DOTALL)
            seen |= {room} if exempt else set()
            if text not in known and not exempt:
                missing.append(f"{name}: {text!r}")
    assert not missing
    assert seen == NOT_SAID.keys()
    assert settings() <= known


# What stands behind an option and is a number, or a name of ours.
PLAIN = {"min(lr / 10, 0.001)", "config.memory_mb"}


def test_commands_that_are_shown_can_be_pasted() -> None:
    """A path or a name of the user's in a command is one word of a shell, whatever it holds."""
    found, seen = [], set()
    for module, path in MODULES.items():
        for node in ast.walk(parsed(path)):
            values = node.values if isinstance(node, ast.JoinedStr) else []
            for before, value in pairwise(values):
                if not (isinstance(before, ast.Constant) and isinstance(value, ast.FormattedValue)):
                    continue
                if re.search(r"(--[a-z][\w.-]*|crossent (fit|test|predict|export)) $", str(before.value)):
                    written = ast.unparse(value.value)
                    seen.add(written)
                    found += [f"{module}: {written}"] * (written not in PLAIN and not written.startswith("in_shell("))
    assert not found
    assert seen > PLAIN


def test_sentences_are_found_again() -> None:
    lost, values = [], Counter[str]()
    for place, en, _ in texts():
        if place.split(":")[0].removeprefix("crossent.") not in TABLES:
            continue
        filled = re.sub(r"\{(\w+)\}", lambda match: f"<{match[1]}>", en).replace("{{", "{").replace("}}", "}")
        # Right behind a value comes a clause.
        filled = filled.replace("><", ">; <")
        with speaking("zh"):
            said = say(filled)
        lost += [place] * (not any("\u4e00" <= letter <= "\u9fff" for letter in said))
        values.update(re.findall(r"<\w+>", said))
    assert not lost
    assert len(values) > 50


def test_what_is_not_known_stays() -> None:
    with speaking("zh"):
        assert say("no table has this: 3 of them") == "no table has this: 3 of them"
        # The name of a class is not ours, even if it is a word of ours.
        assert say("test taken for class: 3") == "test 误判为 class：3"
        assert say("a.csv:3: its text is empty") == "a.csv:3：文本为空"
        with pytest.raises(DataError, match=r"^t：其中没有任何行。$"), speaking("zh"):
            raise DataError("t: there are no rows in it.")
    assert say("t: there are no rows in it.") == "t: there are no rows in it."


def test_the_language_is_that_of_the_environment_unless_asked() -> None:
    assert language_of("auto", {}) == "en"
    assert language_of("auto", {"LC_ALL": "en_US.UTF-8", "LANG": "zh_CN.UTF-8"}) == "en"
    assert language_of("auto", {"LC_ALL": "", "LC_MESSAGES": "zh_CN", "LANG": "C"}) == "zh"
    assert language_of("zh", {"LANG": "C"}) == "zh"


def test_chinese_lines_are_broken_by_their_width() -> None:
    lines = folded("训练部分中没有、因而无法学到的类别：'a long name' 和 'b'。", 20)
    assert "".join(lines).replace(" ", "") == "训练部分中没有、因而无法学到的类别：'alongname'和'b'。"
    assert max(map(width, lines)) <= 22
    assert folded("one two three", 8) == ["one two", "three"]

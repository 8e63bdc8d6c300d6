"""Texts in two languages say the same things: the same placeholders, formatted alike."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from string import Formatter

import pytest

from crossent.train.errors import DataError
from crossent.wording import ROOMS, folded, language_of, say, speaking, width

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
def templates() -> set[str]:
    """Every string of the package's code and of its pages, with a mark in the place of each value."""
    found = set()
    for module, path in MODULES.items():
        if module.endswith(".chinese"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = (part.value if isinstance(part, ast.Constant) else "\0" for part in node.values)
                found.add("".join(map(str, parts)))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(re.sub(r"\{[^{}]*\}", "\0", node.value))
    for page in (SOURCE / "train" / "report").glob("*.html"):
        for said in re.findall(r'say\("([^"]*)"', page.read_text(encoding="utf-8")):
            found.add(re.sub(r"\{[^{}]*\}|%\.1f(?=%)", "\0", said).replace("%%", "%"))
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_what_is_translated_is_said(room: str) -> None:
    """A table must not keep what the code says in other words since."""
    known = templates()
    pieces = {
        text.en: "".join(part + "\0" * (name is not None) for part, name, *_ in Formatter().parse(text.en))
        for text in import_module(f"crossent.{room}.chinese").TEXTS
    }
    assert not [en for en, marked in pieces.items() if marked not in known]


def test_sentences_are_found_again() -> None:
    lost, values = [], Counter[str]()
    for place, en, _ in texts():
        if not place.split(":")[0].endswith(".chinese"):
            continue
        filled = re.sub(r"\{(\w+)\}", lambda match: f"<{match[1]}>", en).replace("{{", "{").replace("}}", "}")
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

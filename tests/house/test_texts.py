"""Texts in two languages say the same things: the same placeholders, formatted alike."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from string import Formatter

from .source import MODULES


def texts() -> Iterator[tuple[str, str, str]]:
    """Place, English and Chinese of every `Text(…)` of the doctor that is written out."""
    for module, path in MODULES.items():
        if not module.startswith("crossent.doctor"):
            continue
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
    assert len(found) > 90
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

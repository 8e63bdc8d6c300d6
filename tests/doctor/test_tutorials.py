"""The tutorial about copied loops: the doctor says of each script what the page shows, of the right ones nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .forks import Forks

DOCS = Path(__file__).parent.parent.parent / "docs"
ENGLISH, CHINESE = DOCS / "tutorials" / "loops.md", DOCS / "zh" / "tutorials" / "loops.md"
# A block that is a whole script says its name first.
SCRIPT = re.compile(r"^```python\n(# (\w+\.py)\n.*?)^```$", re.MULTILINE | re.DOTALL)
SHOWN = re.compile(r"^```console\n\$ crossent doctor ((?:--lang zh )?)(\w+\.py)\n(.+?)^```$", re.MULTILINE | re.DOTALL)


def scripts(page: Path) -> dict[str, str]:
    """The scripts of a page by name."""
    return {name: code for code, name in SCRIPT.findall(page.read_text(encoding="utf-8"))}


WRONG = [found[1] for found in SHOWN.findall(ENGLISH.read_text(encoding="utf-8"))]
RIGHT = [name for name in scripts(ENGLISH) if name not in WRONG]


@pytest.mark.parametrize("page", [ENGLISH, CHINESE], ids=["en", "zh"])
@pytest.mark.parametrize("name", WRONG)
def test_the_page_shows_a_real_run(page: Path, name: str, forks: Forks, tmp_path: Path) -> None:
    (tmp_path / name).write_text(scripts(page)[name], encoding="utf-8")
    options, _, shown = next(found for found in SHOWN.findall(page.read_text(encoding="utf-8")) if found[1] == name)
    result = forks.doctor(Path(name), options=tuple(options.split()), folder=tmp_path)
    assert result.stdout + result.stderr == shown


@pytest.mark.parametrize("name", RIGHT)
def test_the_right_versions_are_right(name: str, forks: Forks, tmp_path: Path) -> None:
    (tmp_path / name).write_text(scripts(ENGLISH)[name], encoding="utf-8")
    result = forks.doctor(tmp_path / name)
    assert result.status == 0, result.stderr
    assert "nothing wrong found" in result.stderr


def test_the_translation_has_the_same_scripts() -> None:
    assert scripts(CHINESE) == scripts(ENGLISH)
    assert len(RIGHT) == len(WRONG) == 6

"""Text files in the encodings that users have."""

from __future__ import annotations

from pathlib import Path

import pytest

from crossent.train.data import DataConfig, DataError, load
from crossent.train.data.sources.encoding import find_encoding

from ..files import write_csv, write_text

CHINESE = "这部电影非常好看，演员的表演也很出色。"


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("gbk", "gb18030"),
        ("gb18030", "gb18030"),
        ("utf-16", "utf-16"),
    ],
)
def test_chinese_text_is_read_in_every_encoding(tmp_path: Path, encoding: str, found: str) -> None:
    rows = [("评论", "标签"), *((f"{CHINESE}{row}", ("好评", "差评")[row % 2]) for row in range(40))]
    source = write_csv(tmp_path / "r.csv", rows, encoding=encoding)
    assert find_encoding(Path(source)) == found
    data = load(DataConfig(source))
    assert data.schema.classes == ("好评", "差评")
    assert (data.schema.text, data.schema.target) == (("评论",), ("标签",))
    assert data.schema.tokenizer == "characters"
    assert "演" in (data.schema.tokenizer_json or "")
    note = "r.csv is not UTF-8 and was read as GB18030 (GBK)"
    assert (note in data.census.warnings) == (found == "gb18030")


def test_western_text_is_not_taken_for_chinese(tmp_path: Path) -> None:
    source = write_text(tmp_path / "w.csv", "text,label\nun café très déçu,a\n", "cp1252")
    with pytest.raises(DataError) as caught:
        find_encoding(Path(source))
    assert str(caught.value) == (
        "w.csv:2: this is neither UTF-8 nor GB18030; say how the file is written, "
        "for example --data.encoding cp1252 (Western Europe) or --data.encoding big5"
    )
    assert find_encoding(Path(source), "cp1252") == "cp1252"


def test_an_encoding_that_the_file_is_not_in(tmp_path: Path) -> None:
    source = write_text(tmp_path / "w.csv", f"text,label\nab,c\n{CHINESE},a\n", "gbk")
    with pytest.raises(DataError, match=r"^w.csv:3: this is not utf-8; write for example --data.encoding auto$"):
        find_encoding(Path(source), "utf-8")


def test_utf_8_asked_for_may_have_a_mark(tmp_path: Path) -> None:
    assert find_encoding(Path(write_text(tmp_path / "w.csv", "a", "utf-8-sig")), "utf-8") == "utf-8-sig"


def test_bytes_that_break_late_are_found(tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_bytes(b"text,label\n" + b"abc,x\n" * 900_000 + b"\xff\xff,x\n")
    with pytest.raises(DataError, match=r"^l.csv:900002: "):
        find_encoding(path)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark(tmp_path: Path, encoding: str) -> None:
    source = write_text(tmp_path / "r.csv", f"text,label\n{CHINESE},a\n", encoding)
    assert find_encoding(Path(source)) == encoding


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_bytes(bytes(range(256)) * 9)
    with pytest.raises(DataError, match=r"^r.csv: this is not a text file: it holds zero bytes\.$"):
        find_encoding(path)


def test_two_accents_in_a_word_are_not_chinese(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"^w.csv:2: this is neither UTF-8 nor GB18030"):
        find_encoding(Path(write_text(tmp_path / "w.csv", "text,label\nun public déçu,a\n", "cp1252")))

"""A run in Chinese: what is printed, the report, errors."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from crossent.cli import main
from crossent.train.fitting.api import run

from ..conftest import small

# As many words in a row are a sentence that nobody has translated.
ENGLISH = re.compile(r"\b[a-z]{2,} [a-z]{2,} [a-z]{2,} [a-z]{2,}\b")


def untranslated(text: str) -> list[str]:
    """The lines that hold English sentences, commands and the names of columns left out."""
    lines = [line for line in text.splitlines() if "mean radius" not in line and "crossent" not in line]
    return [line for line in lines if ENGLISH.search(line)]


def test_a_run_in_chinese(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(file=io.StringIO(), width=200)
    folder = run(config=small(tmp_path, data__source="breast_cancer", lang="zh"), console=console).folder
    printed = console.file.getvalue()  # type: ignore[attr-defined]
    assert printed.startswith("breast_cancer：binary，2 个类别，共 569 行：训练 397，验证 86，测试 86\n30 个数值列\n")
    assert "步（epoch 3）之后停止：3 个 epoch 全部完成。" in printed
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert '<html lang="zh-CN">' in page
    assert "<h2>概率有多可信</h2>" in page
    for text in (
        printed,
        (folder / "report.txt").read_text(encoding="utf-8"),
        re.sub(r"<style>.*?</style>", "", page, flags=re.S),
    ):
        assert untranslated(text) == []
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    output = str(tmp_path / "p.csv")
    assert main(["predict", str(folder), "breast_cancer", "-o", output]) == 0
    assert capsys.readouterr().out == f"已预测 569 行，写入 {output}\n"
    assert main(["test", str(folder), "--split", "tset"]) == 2
    expected = "crossent test：错误：--split：应为以下之一：train, val, test，而给出的是 'tset'；例如写 --split test\n"
    assert capsys.readouterr().err == expected
    assert main(["predict", str(folder), "none.csv", "-o", output, "--lang", "en"]) == 1
    assert capsys.readouterr().err.startswith("crossent predict: error: SOURCE: expected a file or folder that exists")

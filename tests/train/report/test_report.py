"""report.html: whole, safe, without network or script, and readable on a phone."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from markupsafe import escape

from crossent.train import load_run
from crossent.train.evaluation.outputs import Outputs
from crossent.train.report import page as page_module
from crossent.train.report import sections
from crossent.train.report.finish import assess
from crossent.train.report.page import page
from crossent.train.report.pictures import coloured
from crossent.train.report.plots import thinned
from crossent.train.report.summary import summary
from crossent.train.tasks.multiclass import Multiclass

from ..made import Made
from .browser import CHROMIUM, look_at

TASKS = ("text", "binary", "multilabel", "image", "segmentation")
VOID = {"meta", "img", "br", "use", "path", "link", "input", "hr"}


class Checker(HTMLParser):
    """Tags that close in the order in which they were opened, what they refer to, and their text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.references: list[str] = []
        self.tags: set[str] = set()
        self.words: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attributes:
            assert not name.startswith("on"), "no script in attributes"
            if name == "id":
                self.ids.append(value)
            if name in ("src", "href", "xlink:href"):
                self.references.append(value)
            self.references += re.findall(r"url\(([^)]*)\)", value or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.mark.parametrize("task", TASKS)
def test_a_page_is_whole_and_needs_nothing_else(task: str, made: Callable[[str], Made]) -> None:
    html = (made(task).folder / "report.html").read_text(encoding="utf-8")
    found = Checker(html)
    assert not {"script", "link", "iframe", "object"} & found.tags
    assert len(found.ids) == len(set(found.ids))
    for reference in found.references:
        assert reference.startswith(("data:image/png;base64,", "#"))
        assert not reference.startswith("#") or reference[1:] in found.ids
    # Of addresses there are only the names of SVG's own languages.
    assert set(re.findall(r"https?://[^\s\"<]+", html)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    words = "\n".join(found.words)
    titles = ("Training", "Classes", "How far its probabilities can be trusted", "Data", "Settings, and how to go on")
    assert all(title in words for title in titles)
    assert "could not be made" not in words
    assert ("Thresholds" in words) == (task in ("binary", "multilabel", "image"))
    assert "Stopped after step " in words
    assert "torch 2." in words


def test_what_comes_from_data_is_text(made: Callable[[str], Made]) -> None:
    for task, name in (("text", "<script>alert(1)</script>"), ("image", '"light"')):
        run = made(task)
        html = (run.folder / "report.html").read_text(encoding="utf-8")
        assert "<script" not in html
        assert "<b>great" not in html
        if task == "image":
            assert escape(name) in html
            assert "&lt;dark&gt;" in html


def test_markup_and_control_characters_of_names_are_text(tmp_path: Path) -> None:
    task = Multiclass(('<a href="x">\x00', "b"))
    outputs = Outputs(task, torch.eye(2), torch.tensor([0, 1]), torch.zeros(2), ["1", "2"], 0.0)
    report = assess(task, outputs, outputs)
    report.closing = "see `<i>`\x1b"
    html = page(tmp_path, report, None, SimpleNamespace(kind="tensor", text=()))
    Checker(html)
    assert "&lt;a href=&#34;x&#34;&gt;\ufffd" in html
    assert "<p>see <code>&lt;i&gt;</code>\ufffd</p>" in html


def test_suspects_show_what_they_are(made: Callable[[str], Made]) -> None:
    run = made("text")
    html = (run.folder / "report.html").read_text(encoding="utf-8")
    assert run.report.worst, "the reviews have wrong labels planted"
    for suspect in run.report.worst:
        assert escape(suspect.id) in html
    # The text of the review, not its other columns.
    assert "of &#34;the&#34; film,\nit was" in html
    pictures = (made("segmentation").folder / "report.html").read_text(encoding="utf-8")
    # Of each image three pictures: itself, its label, its prediction.
    assert pictures.count('<div class="triple">') == len(made("segmentation").report.masks) == 6
    assert pictures.count("data:image/png;base64,") == 18


def test_masks_are_those_of_the_data_and_of_the_model(made: Callable[[str], Made]) -> None:
    run = load_run(made("segmentation").folder)
    part, report = run.part(), made("segmentation").report
    for row, (label, prediction) in report.masks.items():
        truth = part.batch(torch.tensor([row]))[1][0].long()
        assert torch.equal(label, torch.where(truth == 255, -1, truth))
        assert torch.equal(prediction, run.predict(part.take(torch.tensor([row]))).prediction[0])
    colored = coloured(torch.tensor([[-1, 0], [1, 10]]))
    assert colored[0, 0].tolist() == [0, 0, 0]
    assert len({tuple(color) for color in colored.flatten(0, 1).tolist()}) == 3


def test_a_section_with_a_fault_is_left_out_with_a_note(
    made: Callable[[str], Made], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = made("binary")
    folder = tmp_path / "copy"
    shutil.copytree(run.folder, folder)
    (folder / "history.csv").write_text("step,val_loss\n1,not a number\n")
    (folder / "census.json").write_text("{")

    def broken(*arguments: object) -> str:
        raise KeyError("planted")

    monkeypatch.setattr(sections, "confusion", broken)
    html = page(folder, run.report, None, SimpleNamespace(kind="tabular", task="binary", classes=("a", "b"), text=()))
    Checker(html)
    for name in ("The training curves", "The census", "The confusion matrix"):
        assert f"{name} could not be made: " in html
    assert "<h2>Classes</h2>" in html


def test_many_classes_stay_readable(tmp_path: Path) -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(400, 60, generator=generator)
    targets = torch.randint(0, 60, (400,), generator=generator)
    losses = torch.rand(400, dtype=torch.float64)
    names = tuple(f"class number {n}" for n in range(60))
    outputs = Outputs(Multiclass(names), logits, targets, losses, [str(n) for n in range(400)], 1.0)
    report = assess(outputs.task, outputs, outputs)
    html = page(tmp_path, report, None, SimpleNamespace(kind="tensor", task="multiclass", classes=names, text=()))
    Checker(html)
    # A picture instead of 3,600 cells; the classes with the lowest F1 first, the rest folded away.
    assert '<table class="cells">' not in html
    assert "The 40 of 60 classes with the lowest F1." in html
    assert "(the 30 of 60 classes with the lowest F1; report.txt has all)" in summary(report)
    assert summary(report, whole=True).count("class number") >= 60


def test_curves_of_any_length_are_thinned_and_keep_their_ends() -> None:
    points = [(float(x), float(x)) for x in range(10_001)]
    short = thinned(points)
    assert len(short) <= 401
    assert (short[0], short[-1]) == (points[0], points[-1])
    assert thinned(points[:5]) == points[:5]


def test_damaged_json_is_as_none(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text("[1")
    assert page_module.read_json(tmp_path / "model.json") == page_module.read_json(tmp_path / "none.json") == {}


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.parametrize("task", ["text", "image", "segmentation"])
def test_a_browser_shows_it_on_a_phone_and_on_a_screen(task: str, made: Callable[[str], Made], tmp_path: Path) -> None:
    run = made(task)
    for width, dark in ((390, True), (1200, False)):
        look = look_at(run.folder / "report.html", width, tmp_path, dark)
        assert look["width"] <= width
        assert look["outside"] == []
        assert all(size > 0 for size in look["pictures"])
        assert len(look["drawings"]) >= 3
        assert all(height > 100 for height in look["drawings"])
        assert look["ink"] != look["paper"]
        light = sum(map(int, re.findall(r"\d+", look["paper"])[:3])) > 384
        assert light == (not dark)
        assert "Stopped after step " in look["text"]

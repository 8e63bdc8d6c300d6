"""report.html: one page that needs nothing but itself, neither network nor script."""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from ...files import write_text
from ...printable import in_shell
from ...wording import say, spoken
from ..evaluation.guard import left_out
from ..tasks.base import Target
from . import sections
from .findings import Report
from .summary import compared, figure, looks_at, title
from .suspects import suspects

_HERE = Path(__file__).parent
_PACKAGES = ("crossent", "torch", "lightning-fabric", "scikit-learn", "numpy", "matplotlib")


def write_page(path: Path, report: Report, part: Any, schema: Any, outputs: Any = None) -> None:
    """Write the page.

    Args:
        path: the file; config.yaml, history.csv, census.json and model.json are read from its folder, where they are.
        report: the figures.
        part: the data set that was tested, for its pictures and texts.
        schema: its kind and its classes.
        outputs: of the tested part, for the curves of a task with one threshold.
    """
    write_text(path, page(path.parent, report, part, schema, outputs))


def page(folder: Path, report: Report, part: Any, schema: Any, outputs: Any = None) -> str:
    """The page as text. A section that cannot be made is left out, and a note says so."""
    notes = list(report.warnings)

    def safely(what: str, make: Callable[[], Any]) -> Any:
        with left_out(notes, what):
            return make()

    return (
        environment()
        .get_template("page.html")
        .render(
            curves=safely("The training curves", lambda: sections.curves(folder)),
            classes=safely("The table of classes", lambda: sections.classes(report)),
            confusion=safely("The confusion matrix", lambda: sections.confusion(report)),
            trust=safely("The reliability diagram", lambda: sections.trust(report, outputs)),
            thresholds=safely("The thresholds", lambda: sections.thresholds(report)),
            suspects=safely("The samples", lambda: suspects(report, part, schema)),
            census=safely("The census", lambda: sections.census(folder)),
            commands=safely("The commands", lambda: _commands(folder, report, schema)),
            settings=safely("The settings", lambda: _text(folder / "config.yaml")),
            most_classes=sections.CLASSES,
            masks=bool(report.masks),
            wordy=schema.kind in ("text", "tabular", "mixed"),
            name=folder.name,
            line=_line(folder, report),
            tiles=_tiles(report),
            closing=say(report.closing),
            compared=compared(report),
            looks_at=looks_at(report).replace("\n", "\n\n"),
            notes=list(map(say, notes)),
            language="zh-CN" if spoken() == "zh" else "en",
            style=style(),
            versions=_versions(),
        )
    )


def environment() -> Environment:
    """The templates of this room."""
    made = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=False, finalize=_visible
    )
    made.filters["coded"] = _coded
    made.globals["say"] = say
    return made


def style() -> Markup:
    """The looks of a page."""
    return Markup(_text(_HERE / "style.css"))


def _visible(value: Any) -> Any:
    """The value with a mark in the place of control characters, which HTML forbids."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return "".join(c if c >= " " or c in "\n\t" else "\ufffd" for c in value)


def _coded(words: str) -> Markup:
    """Show text between backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(_visible(words)))))


def _line(folder: Path, report: Report) -> str:
    task = report.task
    count = f"{len(task.classes):,}"
    classes = say(f"{count} labels" if task.target is Target.LABELS else f"{count} classes")
    model = read_json(folder / "model.json").get("name", "")
    return " · ".join([task.title, classes, *([say(f"model {model}")] if model else [])])


def _tiles(report: Report) -> list[tuple[str, str]]:
    """The figures in large print."""
    scores = report.scores
    if scores is None:
        return []
    values = [(title(name), figure(name, scores.figures.get(name))) for name in report.task.headline]
    return [*values, (say(f"{say(report.split)} samples"), f"{scores.samples:,}")]


def _commands(folder: Path, report: Report, schema: Any) -> list[tuple[str, str]]:
    """Commands for the finished run, and their purpose."""
    labelled, new = ("LABELLED", "IMAGES") if schema.kind == "image" else ("LABELLED.csv", "NEW.csv")
    output = "masks" if report.task.target is Target.MASK else "predicted.csv"
    # Of a cross-validation one of its runs has data of its own, and fits a file.
    one = folder / "fold-1" if (folder / "fold-1").exists() else folder
    commands = {
        f"crossent fit --config {in_shell(folder / 'config.yaml')}": "the same training again",
        f"crossent test {in_shell(one)}": "these figures again, from the weights it kept",
        f"crossent test {in_shell(folder)} {labelled}": "on other labelled data",
        f"crossent predict {in_shell(folder)} {new} -o {output}": "of data without labels",
        f"crossent export {in_shell(one)} model.onnx": "for use without crossent",
    }
    width = max(map(len, commands))
    return [(command.ljust(width), say(why)) for command, why in commands.items()]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _versions() -> str:
    found = []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return " · ".join([*found, f"Python {platform.python_version()}", platform.system()])


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON file of the run; nothing if there is none, or none that can be read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}

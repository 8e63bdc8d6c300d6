"""report.html: one page that needs nothing but itself, neither network nor script."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.files import write_text
from ..evaluation.guard import left_out
from ..tasks.base import Target
from . import sections
from .markup import details, paragraph, section, text, tiles
from .summary import figure, title
from .suspects import suspects

if TYPE_CHECKING:
    from .finish import Report

_PACKAGES = ("crossent", "torch", "lightning-fabric", "scikit-learn", "numpy", "matplotlib")


def write_page(path: Path, report: Report, part: Any, schema: Any, outputs: Any = None) -> None:
    """Write the page.

    Args:
        path: the file; config.yaml, history.csv, census.json and model.json are read from its folder, where they are.
        report: the figures.
        part: the data set that was tested, for its pictures and texts.
        schema: its kind and its classes.
        outputs: of the tested part, for the curves of a binary task.
    """
    write_text(path, page(path.parent, report, part, schema, outputs))


def page(folder: Path, report: Report, part: Any, schema: Any, outputs: Any = None) -> str:
    """The page as text. A section that cannot be made is left out, and a note says so."""
    notes = list(report.warnings)

    def safely(make: Callable[[], str], what: str) -> str:
        made: list[str] = []
        with left_out(notes, what):
            made.append(make())
        return "".join(made)

    body = [
        safely(lambda: sections.curves(folder), "The training curves"),
        safely(lambda: sections.classes(report), "The table of classes"),
        safely(lambda: sections.confusion(report), "The confusion matrix"),
        safely(lambda: sections.trust(report, outputs), "The reliability diagram"),
        safely(lambda: sections.thresholds(report), "The thresholds"),
        safely(lambda: suspects(report, part, schema), "The samples"),
        safely(lambda: sections.census(folder), "The census"),
        safely(lambda: _settings(folder, report, schema), "The settings"),
    ]
    head = [_title(folder, report, schema), _lead(report), _notes(notes)]
    style = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text(folder.name)} – crossent</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(part for part in [*head, *body] if part)
        + f"\n<footer>{text(_versions())}</footer>\n</main>\n</body>\n</html>\n"
    )


def _title(folder: Path, report: Report, schema: Any) -> str:
    classes = f"{len(schema.classes):,} {'labels' if report.task.target is Target.LABELS else 'classes'}"
    model = read_json(folder / "model.json").get("name", "")
    parts = [report.task.title, classes, f"model {model}" if model else ""]
    line = " · ".join(part for part in parts if part)
    return f'<header>\n<h1>{text(folder.name)}</h1>\n<p class="faint">{text(line)}</p>\n</header>'


def _lead(report: Report) -> str:
    if report.scores is None:
        return paragraph(report.closing)
    names = report.task.headline
    values = [(title(name), figure(name, report.scores.figures.get(name))) for name in names]
    values.append((f"{report.split} samples", f"{report.scores.samples:,}"))
    return tiles(values) + "\n" + paragraph(report.closing)


def _notes(notes: list[str]) -> str:
    items = "".join(f"<li>{text(note)}</li>" for note in notes)
    return f'<div class="note" role="note"><ul>{items}</ul></div>' if items else ""


def _settings(folder: Path, report: Report, schema: Any) -> str:
    settings = folder / "config.yaml"
    written = settings.read_text(encoding="utf-8") if settings.exists() else ""
    images = schema.kind == "image"
    labelled, new = ("LABELLED", "IMAGES") if images else ("LABELLED.csv", "NEW.csv")
    output = "masks" if report.task.target is Target.MASK else "predicted.csv"
    commands = {
        f"crossent fit --config {folder}/config.yaml": "the same training again",
        f"crossent test {folder}": "these figures again, from the weights in best/",
        f"crossent test {folder} {labelled}": "on other labelled data",
        f"crossent predict {folder} {new} -o {output}": "of data without labels",
        f"crossent export {folder} model.onnx": "for use without crossent",
    }
    width = max(map(len, commands))
    again = "\n".join(f"{command:<{width}}  # {why}" for command, why in commands.items())
    return section(
        "Settings, and how to go on",
        f"<pre>{text(again)}</pre>",
        details("All settings (config.yaml)", f"<pre>{text(written)}</pre>") if written else "",
    )


def _versions() -> str:
    found = []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return " · ".join([*found, f"Python {platform.python_version()}", platform.system()])


def read_json(path: Path) -> dict[str, Any]:
    """What a JSON file of the run holds; nothing where there is none, or none that can be read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}

"""The samples with the highest losses, as a person would look at them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ...wording import say
from ..evaluation.worst import Suspect
from .findings import Report
from .pictures import Picture, coloured, picture

# Characters of a text; and columns of a row.
_SNIPPET, _FIELDS = 400, 12


@dataclass
class Shown:
    """A suspect, with what there is to see of it: pictures, a text, or why there is nothing."""

    suspect: Suspect
    pictures: list[Picture] = field(default_factory=list)
    text: str = ""
    fault: str = ""


def suspects(report: Report, part: Any, schema: Any) -> list[Shown]:
    """The samples with the highest losses, with what there is to see of them."""
    return [_shown(report, item, part, schema.text if schema.kind == "text" else ()) for item in report.worst]


def _shown(report: Report, item: Suspect, part: Any, read: tuple[str, ...]) -> Shown:
    show = getattr(part, "show", lambda row: None)
    if item.row in report.masks:
        label, prediction = (coloured(mask) for mask in report.masks[item.row])
        image = show(item.row)
        first = [] if image is None else [picture(image, f"image {item.row}")]
        return Shown(item, [*first, picture(label, say("its label")), picture(prediction, say("the prediction"))])
    try:
        value = show(item.row)
        if value is None:
            return Shown(item)
        if isinstance(value, dict):
            value = "\n".join(str(value[name]) for name in read) if read else _fields(value)
        if isinstance(value, str):
            return Shown(item, text=value if len(value) <= _SNIPPET else value[:_SNIPPET].rstrip() + " …")
        return Shown(item, [picture(value, f"sample {item.row}")])
    # Any: a file that is gone since must not cost the rest of the list.
    except Exception as error:
        return Shown(item, fault=say(f"cannot be shown: {error}"))


def _fields(row: dict[str, Any]) -> str:
    shown = list(row.items())[:_FIELDS]
    cells = (f"{name}: {value:.6g}" if isinstance(value, float) else f"{name}: {value}" for name, value in shown)
    return " · ".join(cells) + (say(f" · … {len(row) - _FIELDS} more") if len(row) > _FIELDS else "")

"""The samples with the highest losses, as a person would look at them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .markup import coloured, paragraph, picture, section, text

if TYPE_CHECKING:
    from torch import Tensor

    from ..evaluation.worst import Suspect
    from .finish import Report

# Characters of a text; and columns of a row.
_SNIPPET, _FIELDS = 400, 12


def suspects(report: Report, part: Any, schema: Any) -> str:
    """The samples with the highest losses, with what there is to see of them."""
    if not report.worst:
        return ""
    shown = [_suspect(item, _look(part, item.row, schema.text, report.masks)) for item in report.worst]
    kind = "samples text" if schema.kind in ("text", "tabular") else "samples"
    words = (
        "The samples whose labels surprise the model most. Look at them: labels are often wrong, and models seldom say."
    )
    if report.masks:
        words += " From left to right: the image, its label, the prediction; black does not count."
        kind = "samples triples"
    return section("Most surprising samples", paragraph(words), f'<ul class="{kind}">{"".join(shown)}</ul>')


def _look(part: Any, row: int, read: tuple[str, ...], masks: dict[int, tuple[Tensor, Tensor]]) -> str:
    if row not in masks:
        return _shown(part, row, read)
    label, prediction = (coloured(mask) for mask in masks[row])
    shown = part.show(row) if hasattr(part, "show") else None
    pictures = [] if shown is None else [picture(shown, f"image {row}")]
    pictures += [picture(label, "its label"), picture(prediction, "the prediction")]
    return f'<div class="triple">{"".join(pictures)}</div>'


def _suspect(item: Suspect, look: str) -> str:
    if item.figures is not None:
        what = f"mean IoU {item.figures['miou']:.3f}, pixel accuracy {item.figures['pixel_accuracy']:.2%}"
    else:
        sure = "" if item.confidence is None else f" ({item.confidence:.1%} sure)"
        what = (
            f'labelled <span class="was">{text(item.label or "nothing")}</span>, '
            f'predicted <span class="is">{text(item.prediction or "nothing")}</span>{sure}'
        )
    title = f'<span class="id">{text(item.id)}</span><br>{what}, loss {item.loss:.2f}'
    return f"<li>{look}{title}</li>" if look.startswith(("<img", "<div")) else f"<li>{title}{look}</li>"


def _shown(part: Any, row: int, read: tuple[str, ...]) -> str:
    show = getattr(part, "show", None)
    try:
        value = show(row) if show is not None else None
        if value is None:
            return ""
        if isinstance(value, dict) and read:
            value = "\n".join(str(value[name]) for name in read)
        if isinstance(value, str):
            return f"<q>{text(_cut(value))}</q>"
        return f"<q>{text(_cut(_fields(value)))}</q>" if isinstance(value, dict) else picture(value, f"sample {row}")
    # Any: a file that is gone since must not cost the rest of the list.
    except Exception as error:
        return f'<span class="faint"><br>{text(f"cannot be shown: {error}")}</span>'


def _fields(row: dict[str, Any]) -> str:
    shown = list(row.items())[:_FIELDS]
    cells = (f"{name}: {value:.6g}" if isinstance(value, float) else f"{name}: {value}" for name, value in shown)
    return " · ".join(cells) + (f" · … {len(row) - _FIELDS} more" if len(row) > _FIELDS else "")


def _cut(value: str) -> str:
    return value if len(value) <= _SNIPPET else value[:_SNIPPET].rstrip() + " …"

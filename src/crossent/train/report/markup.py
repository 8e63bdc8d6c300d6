"""Pieces of HTML; whatever comes from data, settings or names is escaped here and nowhere else."""

from __future__ import annotations

import base64
import io
import re
from html import escape
from typing import Any

import torch
from torch import Tensor

# The longer side of a picture in the report, in pixels.
_SIDE = 256
# Of the classes of masks, far apart also for those who tell red from green badly.
_COLORS = (
    (225, 228, 232),
    (31, 95, 168),
    (222, 143, 5),
    (2, 158, 115),
    (204, 120, 188),
    (202, 97, 35),
    (86, 180, 233),
    (236, 225, 51),
    (148, 148, 148),
)
_LEAD = ' class="lead"'


def text(value: object) -> str:
    """Anything as text that cannot be mistaken for markup; control characters, which HTML forbids, become a mark."""
    return escape("".join(c if c >= " " or c in "\n\t" else "\ufffd" for c in str(value)), quote=True)


def section(title: str, *parts: str) -> str:
    """A heading with what stands under it; nothing where there is nothing."""
    body = "\n".join(part for part in parts if part)
    return f"<section>\n<h2>{text(title)}</h2>\n{body}\n</section>" if body else ""


def paragraph(words: str, kind: str = "") -> str:
    """A paragraph; a new one for each empty line."""
    opening = f'<p class="{kind}">' if kind else "<p>"
    return "\n".join(f"{opening}{_coded(text(part))}</p>" for part in words.split("\n\n") if part.strip())


def figure(title: str, drawing: str, note: str = "") -> str:
    """A drawing under its title."""
    caption = f"<figcaption>{text(note)}</figcaption>" if note else ""
    return f"<figure><h3>{text(title)}</h3>{drawing}{caption}</figure>"


def cell(value: str, share: float | None = None) -> str:
    """A cell of a table; with a share, a bar of that length behind its text."""
    if value == "–":
        return '<td class="none">–</td>'
    if share is None:
        return f"<td>{text(value)}</td>"
    return f'<td class="bar" style="--share:{100 * share:.1f}%">{text(value)}</td>'


def tiles(values: list[tuple[str, str]]) -> str:
    """Figures in large print, the first one set off."""
    items = [
        f"<div{_LEAD if place == 0 else ''}><dt>{text(name)}</dt><dd>{text(value)}</dd></div>"
        for place, (name, value) in enumerate(values)
    ]
    return f'<dl class="tiles">{"".join(items)}</dl>'


def details(title: str, body: str) -> str:
    """What is folded away."""
    return f"<details><summary>{text(title)}</summary>\n{body}\n</details>"


def picture(image: Any, label: str) -> str:
    """An image, (H, W) or (H, W, 1 or 3), uint8, as an inline PNG; large ones are made smaller."""
    from PIL import Image

    pixels = torch.as_tensor(image)
    pixels = pixels.squeeze(-1) if pixels.dim() == 3 and pixels.shape[-1] == 1 else pixels
    made = Image.fromarray(_bytes(pixels).numpy())
    large = max(made.size) > 64
    made.thumbnail((_SIDE, _SIDE))
    data = io.BytesIO()
    made.save(data, "PNG", optimize=True)
    encoded = base64.b64encode(data.getvalue()).decode()
    kind = ' class="large"' if large else ""
    return f'<img{kind} alt="{text(label)}" src="data:image/png;base64,{encoded}">'


def coloured(mask: Tensor) -> Tensor:
    """A mask of class numbers, (H, W), as an image: a colour per class, black where it is negative."""
    colors = torch.tensor(_COLORS, dtype=torch.uint8)
    return torch.where((mask < 0).unsqueeze(-1), 0, colors[mask.clamp(min=0) % len(colors)]).to(torch.uint8)


def _coded(escaped: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escaped)


def _bytes(pixels: Tensor) -> Tensor:
    return pixels.contiguous() if pixels.dtype == torch.uint8 else pixels.clamp(0, 255).to(torch.uint8).contiguous()

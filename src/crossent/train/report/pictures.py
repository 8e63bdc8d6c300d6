"""Images and masks as they stand in the page."""

from __future__ import annotations

import base64
import io
from typing import Any, NamedTuple

import torch
from PIL import Image
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


class Picture(NamedTuple):
    """A PNG inside the page: what it shows, its bytes as text, and whether it has more than a few pixels."""

    label: str
    png: str
    large: bool


def picture(image: Any, label: str) -> Picture:
    """An image, (H, W) or (H, W, 1 or 3), uint8; large ones are made smaller."""
    pixels = torch.as_tensor(image)
    pixels = pixels.squeeze(-1) if pixels.dim() == 3 and pixels.shape[-1] == 1 else pixels
    made = Image.fromarray(pixels.clamp(0, 255).to(torch.uint8).contiguous().numpy())
    large = max(made.size) > 64
    made.thumbnail((_SIDE, _SIDE))
    data = io.BytesIO()
    made.save(data, "PNG", optimize=True)
    return Picture(label, base64.b64encode(data.getvalue()).decode(), large)


def coloured(mask: Tensor) -> Tensor:
    """A mask of class numbers, (H, W), as an image: a colour per class, black where it is negative."""
    colors = torch.tensor(_COLORS, dtype=torch.uint8)
    return torch.where((mask < 0).unsqueeze(-1), 0, colors[mask.clamp(min=0) % len(colors)]).to(torch.uint8)

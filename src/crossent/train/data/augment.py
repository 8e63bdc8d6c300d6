"""Random changes to training inputs, in plain torch, drawn from torch's global CPU generator alone.

The numbers are drawn on the CPU in the order of the steps, so that a run continued from a checkpoint, which keeps the
generator, sees the images that the uninterrupted run would have seen, on every device.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .dataset import Augment
from .inputs import Batch
from .schema import Schema

# Of the side: how far an image is moved, and how large a square is blanked.
_SHIFT = 0.1
_SMALLEST = 16
# Of the values of a row: how many become unknown; and of the rows, those in which it is any share of them.
_BLIND = 0.05
_BLIND_ROWS = 0.1


def augmentation(schema: Schema, name: str) -> Augment | None:
    """The changes that `data.augment` asks for, None for none.

    "auto": images are shifted, those of three channels also mirrored; small ones are left as they are. Of texts some
    words become unknown ones, of tables some categories.
    """
    if name == "none":
        return None
    if schema.kind != "image":
        unknown = schema.unknown
        return UnknownAugment(unknown) if any(value is not None for value in unknown) else None
    channels, height, width = schema.input_shape
    if name == "auto":
        name = "shift" if channels == 1 else "flip"
        if min(height, width) < _SMALLEST:
            return None
    return ImageAugment(flip=name in ("flip", "strong"), strong=name == "strong")


class UnknownAugment:
    """Makes some values unknown, so that the model learns what to do with those that it has never seen: in most rows
    a few, in every tenth row any share of them.

    Args:
        unknown: per tensor of the inputs the number that stands for an unknown value, None where there is none.
    """

    def __init__(self, unknown: tuple[int | None, ...]) -> None:
        self.unknown = unknown

    def __call__(self, inputs: Batch, targets: Tensor | None) -> tuple[Batch, Tensor | None]:
        """Numbers are left alone; categories (N, K) and tokens (N, L), of which 0 before token 1 is padding."""
        parts = inputs if isinstance(inputs, tuple) else (inputs,)
        changed = tuple(
            part if unknown is None else self._dropped(part, unknown)
            for part, unknown in zip(parts, self.unknown, strict=True)
        )
        return changed if isinstance(inputs, tuple) else changed[0], targets

    def _dropped(self, values: Tensor, unknown: int) -> Tensor:
        draws = torch.rand(len(values), 2)
        share = torch.where(draws[:, 0] < _BLIND_ROWS, draws[:, 1], _BLIND)[:, None]
        lost = (torch.rand(values.shape) < share).to(values.device) & (values >= unknown)
        return values.masked_fill(lost, unknown)


class ImageAugment:
    """Shifts images by up to a tenth of their side, and may mirror them, blank a square and change the light.

    Args:
        flip: mirror every second image.
        strong: also blank a square of a quarter of the side, and scale contrast and brightness.
        shift: the farthest shift, as a share of the side.
    """

    def __init__(self, flip: bool = False, strong: bool = False, shift: float = _SHIFT) -> None:
        self.flip, self.strong, self.shift = flip, strong, shift

    def __call__(self, inputs: Batch, targets: Tensor | None) -> tuple[Batch, Tensor | None]:
        """Images (N, K, H, W), normalised, so that 0 is the mean colour; masks (N, H, W) move with them."""
        assert isinstance(inputs, Tensor), "images are one tensor"
        masks = targets if targets is not None and targets.dim() == 3 else None
        count, _, height, width = inputs.shape
        # One draw for everything, whatever is switched on: (N, 8) numbers in [0, 1).
        draws = torch.rand(count, 8).to(inputs.device)
        rows = _moved(height, draws[:, 0], self.shift)
        columns = _moved(width, draws[:, 1], self.shift)
        if self.flip:
            columns = torch.where(draws[:, 2, None] < 0.5, columns, width - 1 - columns)
        images, inside = _pick(inputs, rows, columns)
        images = images * inside[:, None]
        if self.strong:
            images = _light(images, draws[:, 3], draws[:, 4]) * _holes(images, draws[:, 5], draws[:, 6])[:, None]
        if masks is None:
            return images, targets
        # What is moved in from outside is the edge's own class.
        moved, _ = _pick(masks[:, None], rows, columns)
        return images, moved[:, 0]


def _moved(size: int, draw: Tensor, share: float) -> Tensor:
    """Per image the places to read from, (N, size), some of them outside."""
    reach = max(1, round(share * size))
    offset = (draw * (2 * reach + 1)).floor().long() - reach
    return torch.arange(size, device=draw.device) + offset[:, None]


def _pick(images: Tensor, rows: Tensor, columns: Tensor) -> tuple[Tensor, Tensor]:
    """The pixels at these places, the nearest where they are outside, and which are inside, (N, H, W)."""
    count, _, height, width = images.shape
    inside = ((rows >= 0) & (rows < height))[:, :, None] & ((columns >= 0) & (columns < width))[:, None]
    number = torch.arange(count, device=images.device)[:, None, None]
    places = (number, slice(None), rows.clamp(0, height - 1)[:, :, None], columns.clamp(0, width - 1)[:, None])
    # The indexed axes come first: (N, H, W, K).
    return images[places].permute(0, 3, 1, 2), inside


def _light(images: Tensor, contrast: Tensor, brightness: Tensor) -> Tensor:
    return images * (0.8 + 0.4 * contrast).view(-1, 1, 1, 1) + (0.4 * brightness - 0.2).view(-1, 1, 1, 1)


def _holes(images: Tensor, down: Tensor, right: Tensor) -> Tensor:
    """0 in a square of each image, else 1: (N, H, W)."""
    height, width = images.shape[2:]

    def outside(size: int, draw: Tensor) -> Tensor:
        centre = (draw * size).floor()[:, None]
        return (torch.arange(size, device=draw.device) - centre).abs() > size / 8

    return (outside(height, down)[:, :, None] | outside(width, right)[:, None]).to(images.dtype)

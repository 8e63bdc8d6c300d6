"""The common ground of pretrained models: a body that has learnt elsewhere, and a head that has not."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from torch import Tensor, nn

from ...config.groups import pretrained
from ...config.rules import SettingError
from ...data.schema import Schema
from ...tasks.base import Target


class Pretrained(nn.Module):
    """A pretrained model with a head for the classes at hand.

    Args:
        model: gives the logits.
        new: the names of its parameters that have learnt nothing yet.
        backbone: what `rebuilt` makes it of again, without its weights; as JSON holds it.
        notes: what a person should know of it, in sentences.
    """

    def __init__(
        self, model: nn.Module, new: Collection[str], backbone: dict[str, Any], notes: tuple[str, ...]
    ) -> None:
        super().__init__()
        # Libraries hand out models that are ready to predict: without dropout.
        self.model, self.notes = model.train(), notes
        self.new, self.frozen = frozenset(new), False
        self.backbone = {**backbone, "new": sorted(new)}

    def head(self) -> list[nn.Parameter]:
        """The parameters that have learnt nothing yet."""
        return [parameter for name, parameter in self.model.named_parameters() if name in self.new]

    def freeze(self) -> None:
        """Keep what has been learnt as it is: its weights, its running statistics, and no dropout in it."""
        self.frozen = True
        for name, parameter in self.model.named_parameters():
            parameter.requires_grad_(name in self.new)
        self.train(self.training)

    def train(self, mode: bool = True) -> Pretrained:
        """Set the training mode, but of a frozen body."""
        super().train(mode)
        if self.frozen:
            for module in self.model.modules():
                learning = [parameter.requires_grad for parameter in module.parameters()]
                if learning and not any(learning):
                    module.eval()
        return self


class PretrainedImages(Pretrained):
    """A pretrained model for images, which brings their form to its own.

    Args:
        channels: of the model's own images; grey ones are repeated.
        size: height and width that the model insists on; images of another size are resized.
    """

    def __init__(
        self,
        model: nn.Module,
        new: Collection[str],
        backbone: dict[str, Any],
        notes: tuple[str, ...],
        channels: int,
        size: tuple[int, int] | None,
    ) -> None:
        super().__init__(model, new, backbone, notes)
        self.channels, self.size = channels, size

    def forward(self, pixels: Tensor) -> Tensor:
        """Logits, (N, C), of images, (N, K, H, W)."""
        if pixels.shape[1] == 1 != self.channels:
            pixels = pixels.expand(-1, self.channels, -1, -1)
        if self.size is not None and tuple(pixels.shape[2:]) != self.size:
            pixels = nn.functional.interpolate(pixels, self.size, mode="bilinear", align_corners=False)
        return self.logits(pixels)

    def logits(self, pixels: Tensor) -> Tensor:
        """Logits of images of the model's own form."""
        logits: Tensor = self.model(pixels)
        return logits


def check_fits(name: str, kind: str, schema: Schema, channels: int = 0) -> None:
    """Make sure that a checkpoint reads what the data hold.

    Args:
        name: as the user has written it.
        kind: "text" or "image".
        schema: of the data.
        channels: of the checkpoint's images.

    Raises:
        SettingError: it does not.
    """
    image = schema.kind == "image" or (schema.kind == "tensor" and len(schema.input_shape) == 3)
    found = "image" if image else schema.kind
    masks = schema.new_task().target is Target.MASK
    if masks or found != kind or (image and schema.input_shape[0] not in (1, channels)):
        what = f"{schema.kind} inputs"
        if image:
            what = f"{what} of {schema.input_shape[0]} channels"
        expected = f"a model for {what} and the task {schema.task}; this checkpoint is for {kind}s and their classes"
        if schema.kind == "mixed" and kind == "text":
            expected = f"{expected}, and reads the texts alone with --data.kind text"
        library, _ = pretrained(name) or ("hf", "")
        raise SettingError("model.name", expected, name, f"{library}:ANOTHER")

"""The settings of a run, each with the rule that its value must keep; free of torch, for the command line's sake."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Literal

from .data import SOURCES
from .settings import Rule, SettingError, choice, fraction, is_number, is_whole, setting, whole

__all__ = ["FitConfig", "Rule", "SettingError", "rules", "to_yaml"]


@dataclass(frozen=True)
class FitConfig:
    """The settings of `xent fit`.

    Args:
        source: The labelled data. "digits" are the 1,797 handwritten digits that ship inside scikit-learn.
        epochs: Stop after this many passes over the training images, if early stopping has not stopped before.
        batch_size: Images per step.
        optimizer: "adam" adds weight decay to the gradient; "adamw" shrinks the weights directly.
        lr: The learning rate to start with.
        weight_decay: How strongly weights are pulled towards 0; 0 is off.
        label_smoothing: Share of each label that is spread evenly over all classes; 0 is off.
        patience_epochs: Stop after this many epochs in a row without a new lowest validation loss.
        lr_factor: Multiply the learning rate by this when the validation loss has stopped falling.
        lr_patience_epochs: Epochs without improvement that the learning rate waits before it is lowered.
        val_fraction: Share of the images, of each class, that early stopping looks at.
        test_fraction: Share of the images, of each class, kept for the one test at the end.
        seed: Fixes the split, the first weights, the order of the images and the dropout.
        accelerator: Where to train; "auto" takes a GPU if there is one. Handed to Lightning Fabric.
        precision: Number format of the computation. Handed to Lightning Fabric.
        threads: CPU threads per operation. One is best for small images: more of them wait for each other longer
            than they work, above all beside other programs. 0 leaves the choice to torch.
        out: The folder that gets one new folder per run.
        name: The name of that new folder; by default the source, the date and the time.
    """

    source: str = choice("digits", *SOURCES)
    epochs: int = whole(100, 1)
    batch_size: int = whole(64, 1)
    optimizer: Literal["adam", "adamw"] = choice("adam", "adam", "adamw")
    lr: float = setting(1e-3, "a number above 0", lambda v: is_number(v) and v > 0)
    weight_decay: float = setting(1e-4, "a number of at least 0", lambda v: is_number(v) and v >= 0)
    label_smoothing: float = setting(
        0.0, "a number of at least 0 and below 1", lambda v: is_number(v) and 0 <= v < 1, example=0.1
    )
    patience_epochs: int = whole(10, 1)
    lr_factor: float = fraction(0.5)
    lr_patience_epochs: int = whole(4, 0)
    val_fraction: float = fraction(0.15)
    test_fraction: float = fraction(0.15)
    seed: int = setting(0, "a whole number from 0 to 4294967295", lambda v: is_whole(v) and 0 <= v < 2**32, example=0)
    accelerator: Literal["auto", "cpu", "cuda", "mps"] = choice("auto", "auto", "cpu", "cuda", "mps")
    precision: Literal["32-true", "bf16-mixed", "16-mixed", "64-true"] = choice(
        "32-true", "32-true", "bf16-mixed", "16-mixed", "64-true"
    )
    threads: int = whole(1, 0)
    out: str = setting("runs", "the path of a folder", bool)
    name: str | None = setting(
        None,
        "a name for a new folder, without / or \\",
        lambda v: v is None or (v not in ("", ".", "..") and not set("/\\") & set(v)),
        example="first-try",
    )

    def __post_init__(self) -> None:
        for name, rule in rules().items():
            value = getattr(self, name)
            if not rule.holds(value):
                raise SettingError(name, rule.expected, value, rule.example)
        if self.val_fraction + self.test_fraction >= 1:
            expected = f"a number that leaves images to train on beside test_fraction={self.test_fraction:g}"
            raise SettingError("val_fraction", expected, self.val_fraction, (1 - self.test_fraction) / 4)


def rules() -> dict[str, Rule]:
    """The rule of each setting of `FitConfig`, in order."""
    return {setting.name: setting.metadata["rule"] for setting in fields(FitConfig)}


def to_yaml(config: FitConfig) -> str:
    """The settings as the YAML that `xent fit --config` reads."""
    return "".join(f"{name}: {_scalar(value)}\n" for name, value in asdict(config).items())


def _scalar(value: object) -> str:
    # JSON scalars are YAML scalars, but for one: without a point, YAML 1.1 reads 1e-05 as a string.
    text = json.dumps(value, ensure_ascii=False)
    return text.replace("e", ".0e") if isinstance(value, float) and "e" in text and "." not in text else text

"""The groups of settings inside `FitConfig`; free of torch, for the command line's sake."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from .interval import interval
from .rules import (
    SettingError,
    at_least,
    check,
    choice,
    flag,
    fraction,
    is_number,
    is_whole,
    optional,
    optional_text,
    setting,
    share,
)


def _are_numbers(values: object, low: float = 0.0) -> bool:
    return isinstance(values, (list, tuple)) and len(values) > 0 and all(is_number(v) and v >= low for v in values)


def _is_weight(value: object) -> bool:
    if isinstance(value, dict):
        return bool(value) and all(is_number(weight) and weight >= 0 for weight in value.values())
    return value in ("balanced", "inverse", "effective") if isinstance(value, str) else _are_numbers(value)


def pretrained(model: object) -> tuple[str, str] | None:
    """The library of a pretrained model and what it is called there; None for the name of another model.

    Example::

        >>> from crossent.train.config.groups import pretrained
        >>> pretrained("hf:bert-base-uncased"), pretrained("mlp")
        (('hf', 'bert-base-uncased'), None)
    """
    library, _, name = model.partition(":") if isinstance(model, str) else ("", "", "")
    return (library, name) if library in ("hf", "timm") and name else None


def is_fetched(model: object) -> bool:
    """Return whether a model is pretrained and not in a folder on this machine: it would be fetched from the hub."""
    found = pretrained(model)
    return found is not None and not found[1].startswith((".", "/", "~")) and not Path(found[1]).is_dir()


@dataclass(frozen=True)
class ModelConfig:
    """The model.

    Args:
        name: mlp, ensemble, cnn, cnn1d, widedeep, textcnn, fasttext, transformer or unet; "auto" takes what suits the
            data; a pretrained one, hf:NAME_OR_FOLDER (transformers) or timm:NAME_OR_FOLDER; or where your own is:
            package.module:Class.
        kwargs: Arguments of the model by name, as in --model.kwargs.width 64.
        vectors: A file of vectors of words for the models of texts to begin with: word2vec's, GloVe's or fastText's
            format of text, packed by gzip or not.
        freeze: Of a pretrained model train the head alone; vectors of words are kept as they are.
    """

    name: str = setting(
        "auto",
        "the name of a model, hf:NAME_OR_FOLDER, timm:NAME_OR_FOLDER or package.module:Class",
        lambda v: isinstance(v, str) and v != "",
    )
    kwargs: dict[str, Any] = setting({}, "arguments by name", lambda v: isinstance(v, dict), example={"width": 64})
    vectors: str | None = optional_text("glove.6B.100d.txt", "the path of a file")
    freeze: bool = flag(False)

    def __post_init__(self) -> None:
        check(self, "model.")


@dataclass(frozen=True)
class LossConfig:
    """The loss.

    Args:
        weight: Of each class: balanced (every class the same share of the loss), inverse, effective, numbers in
            the order of the classes, or numbers by class name.
        pos_weight: Of the positive labels of a binary or multilabel task: balanced, one number, or one per class.
        label_smoothing: Share of each label that is spread evenly over all classes; 0 is off.
        smoothing_weight: Whose weight the spread share takes: the target's, or each class's own as in torch.
        ignore_index: The label that does not count; by default what the data say.
        gamma: Focal loss: multiplies each loss by (1 - p)^gamma, with p the probability of the right class; 0 is off.
    """

    weight: list[float] | dict[str, float] | str | None = optional(
        "balanced, inverse, effective, or numbers of at least 0, one per class", _is_weight, "balanced"
    )
    pos_weight: list[float] | float | str | None = optional(
        "balanced, a number above 0, or one number per class",
        lambda v: v == "balanced" if isinstance(v, str) else _are_numbers(v) or (is_number(v) and v > 0),
        "balanced",
    )
    label_smoothing: float = share(0.0, example=0.1)
    smoothing_weight: Literal["target", "class"] = choice("target", "target", "class")
    ignore_index: int | None = optional("a whole number", is_whole, 255)
    gamma: float = at_least(0.0, 0, example=2.0)

    def __post_init__(self) -> None:
        check(self, "loss.")


@dataclass(frozen=True)
class OptimizerConfig:
    """The optimizer.

    Args:
        name: "adam" adds weight decay to the gradient; "adamw" shrinks the weights directly.
        weight_decay: How strongly weights are pulled towards 0; 0 is off. By default 0.01 for adamw, else 0.0001.
        decay_all: Also pull biases and the weights of normalisations, which are left alone otherwise.
        momentum: Of sgd.
        nesterov: Look ahead along the momentum; of sgd.
        betas: How long adam and adamw remember gradients and their squares.
        eps: Keeps adam and adamw from dividing by 0.
        amsgrad: Never let the divisor of adam and adamw fall.
    """

    name: Literal["sgd", "adam", "adamw"] = choice("adamw", "sgd", "adam", "adamw")
    weight_decay: float | None = optional("a number of at least 0", lambda v: is_number(v) and v >= 0, 0.01)
    decay_all: bool = flag(False)
    momentum: float = share(0.9)
    nesterov: bool = flag(False)
    betas: list[float] = setting(
        [0.9, 0.999],
        "two numbers of at least 0 and below 1",
        lambda v: _are_numbers(v) and len(v) == 2 and all(beta < 1 for beta in v),
    )
    eps: float = setting(1e-8, "a number above 0", lambda v: is_number(v) and v > 0)
    amsgrad: bool = flag(False)

    def __post_init__(self) -> None:
        check(self, "optimizer.")
        if self.nesterov and self.momentum == 0:
            raise SettingError("optimizer.momentum", "a number above 0, for nesterov", self.momentum, 0.9)


@dataclass(frozen=True)
class ScheduleConfig:
    """The learning rate over time.

    Args:
        name: "plateau" lowers it when stop.monitor no longer improves; "cosine" falls to min_lr along a half wave,
            "linear" along a line; "onecycle" rises to lr and falls to nearly 0 while the momentum does the opposite;
            "constant". "auto" is linear for a pretrained model, else plateau.
        warmup: Rise from 0 over this long, such as 500steps; by default not for plateau and constant, for cosine over a
            twentieth, for linear over a tenth and for onecycle over three tenths of the run.
        patience: How long plateau waits without improvement, such as 4epochs, 1000steps or 5evaluations.
        factor: What plateau multiplies the learning rate by.
        min_lr: The learning rate that plateau stops at, and that cosine and linear end at.
    """

    name: Literal["auto", "plateau", "cosine", "linear", "onecycle", "constant"] = choice(
        "auto", "auto", "plateau", "cosine", "linear", "onecycle", "constant"
    )
    warmup: str | None = interval(None, "steps", "epochs", low=0, none=True)
    patience: str = interval("4epochs")
    factor: float = fraction(0.5)
    min_lr: float = at_least(0.0, 0, example=1e-6)

    def __post_init__(self) -> None:
        check(self, "schedule.")


@dataclass(frozen=True)
class StopConfig:
    """Early stopping, and which weights are the best.

    Args:
        patience: Stop after this long without improvement, such as 10epochs, 1000steps or 5evaluations; null: never.
        min_delta: What counts as improvement: more than this.
        monitor: What must improve: val_loss, or val_ and a metric of the task, such as val_accuracy.
    """

    patience: str | None = interval("10epochs", none=True)
    min_delta: float = at_least(0.0, 0, example=0.001)
    monitor: str = setting(
        "val_loss", "val_loss or val_ and a metric of the task", lambda v: isinstance(v, str) and v.startswith("val_")
    )

    def __post_init__(self) -> None:
        check(self, "stop.")

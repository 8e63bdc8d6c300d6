"""The settings of a run, each with the rule that its value must keep; free of torch, for the command line's sake."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from .data import DataConfig
from .groups import LossConfig, ModelConfig, OptimizerConfig, ScheduleConfig, StopConfig, pretrained
from .interval import duration, interval
from .rules import Rule, SettingError, check, choice, flag, is_number, is_whole, optional, rules_of, setting, whole

__all__ = ["FitConfig", "Rule", "SettingError", "rules", "to_yaml"]

LOGGERS = ("tensorboard", "csv", "mlflow", "none")
# The learning rate where none is asked for.
USUAL_LR = {"sgd": 0.05, "adam": 1e-3, "adamw": 1e-3}
# Of a pretrained model, `lr` is that of its body; the head, which begins with nothing, learns so many times as fast.
HEAD_RATE = 20.0
# Passes over the training data, and samples per step, where nothing is said: until nothing improves, or few passes of
# many small steps for what has learnt elsewhere.
_EPOCHS, _BATCH = 100, 64
_EPOCHS_TUNED, _BATCH_TUNED = 4, 16


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value not in ("", ".", "..") and not set("/\\") & set(value)


def _are_loggers(value: object) -> bool:
    return isinstance(value, str) and all(name.strip() in LOGGERS for name in value.split(","))


@dataclass(frozen=True)
class FitConfig:
    """The settings of `crossent fit`.

    Args:
        data: The labelled data.
        model: The model.
        loss: The loss.
        optimizer: The optimizer.
        schedule: The learning rate over time.
        stop: Early stopping, and which weights are the best.
        lr: The learning rate at its highest; "auto" looks for it before the first step. By default 0.001 for adam and
            adamw and 0.05 for sgd. Of a pretrained model it is that of its body, by default a twentieth of these; its
            new head has 20 times as much.
        batch_size: Samples per optimizer step, over all devices and micro-batches: the result does not depend on these.
            By default 64, and 16 of a pretrained model.
        micro_batch_size: At most this many samples at once on a device; larger batches are put together from such
            parts, exactly. By default the whole batch.
        epochs: Stop after this many passes over the training data; by default 100, and 4 of a pretrained model.
        steps: Stop after this many optimizer steps.
        time_limit: End within this time, test and report included, such as 90s, 10m or 1h30m; the learning rate falls
            in time.
        evaluate_every: How often to measure the validation data, such as 1epoch or 500steps.
        save_every: How often to write the checkpoint that --resume goes on from, besides at every evaluation.
        clip: Scale gradients down to this norm where theirs is larger.
        ema: Evaluate and keep a running mean of the weights, that forgets this slowly, such as 0.999.
        refit: Of tables and texts, when it is known how long was best: train again on the validation rows too, where
            these were split off of the training rows. The test and predictions are of that model.
        folds: Train so many models, each tested on another part of the rows; predictions are the means of theirs.
        seed: Fixes the split, the first weights, the order of the samples and the dropout.
        accelerator: Where to train; "auto" takes a GPU if there is one.
        devices: How many of them; each has a process of its own.
        nodes: How many machines, each started with torchrun or by SLURM.
        max_restarts: How often to start all processes of this machine again, from the last checkpoint, when one has
            died.
        strategy: How devices share the work: "ddp" copies the model to each, "fsdp2" spreads it over them.
        precision: Number format of the computation.
        threads: CPU threads per operation. One is best for small models: more of them wait for each other longer
            than they work, above all beside other programs. 0 leaves the choice to torch.
        logger: Where to write figures: tensorboard, mlflow, or both with a comma; csv and none are history.csv alone.
        out: The folder that gets one new folder per run.
        lang: The language of what is said, and of the report; "auto" is that of the environment (LANG).
        name: The name of that new folder; by default the source, the date and the time.
    """

    data: DataConfig = field(default_factory=DataConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    schedule: ScheduleConfig = field(default_factory=ScheduleConfig)
    stop: StopConfig = field(default_factory=StopConfig)
    lr: float | Literal["auto"] | None = optional(
        "a number above 0, or auto", lambda v: v == "auto" or (is_number(v) and v > 0), 0.001
    )
    batch_size: int | None = optional("a whole number of at least 1", lambda v: is_whole(v) and v >= 1, 64)
    micro_batch_size: int | None = optional("a whole number of at least 1", lambda v: is_whole(v) and v >= 1, 16)
    epochs: int | None = optional("a whole number of at least 1", lambda v: is_whole(v) and v >= 1, 100)
    steps: int | None = optional("a whole number of at least 1", lambda v: is_whole(v) and v >= 1, 10_000)
    time_limit: str | None = duration()
    evaluate_every: str = interval("1epoch", "steps", "epochs")
    save_every: str | None = interval(None, "steps", "epochs", none=True)
    clip: float | None = optional("a number above 0", lambda v: is_number(v) and v > 0, 1.0)
    ema: float | None = optional("a number above 0 and below 1", lambda v: is_number(v) and 0 < v < 1, 0.999)
    folds: int | None = optional("a whole number of at least 2", lambda v: is_whole(v) and v >= 2, 5)
    refit: bool = flag(True)
    seed: int = setting(0, "a whole number from 0 to 4294967295", lambda v: is_whole(v) and 0 <= v < 2**32, example=0)
    accelerator: Literal["auto", "cpu", "cuda", "mps"] = choice("auto", "auto", "cpu", "cuda", "mps")
    devices: int = whole(1, 1)
    nodes: int = whole(1, 1)
    max_restarts: int = whole(0, 0)
    strategy: Literal["auto", "ddp", "fsdp2"] = choice("auto", "auto", "ddp", "fsdp2")
    precision: Literal["32-true", "bf16-mixed", "16-mixed", "64-true"] = choice(
        "32-true", "32-true", "bf16-mixed", "16-mixed", "64-true"
    )
    threads: int = whole(1, 0)
    logger: str = setting("tensorboard", f"one or more of {', '.join(LOGGERS)}", _are_loggers)
    out: str = setting("runs", "the path of a folder", lambda v: isinstance(v, str) and v != "")
    lang: Literal["auto", "en", "zh"] = choice("auto", "auto", "en", "zh")
    name: str | None = optional("a name for a new folder, without / or \\", _is_name, "first-try")

    def __post_init__(self) -> None:
        check(self)

    @property
    def peak_lr(self) -> float | None:
        """The learning rate as a number; None where it is still to be found."""
        usual = USUAL_LR[self.optimizer.name] / (HEAD_RATE if pretrained(self.model.name) else 1.0)
        return usual if self.lr is None else None if self.lr == "auto" else float(self.lr)

    @property
    def passes(self) -> int:
        """The most passes over the training data."""
        return self.epochs or (_EPOCHS_TUNED if pretrained(self.model.name) else _EPOCHS)

    @property
    def batch(self) -> int:
        """Samples per optimizer step."""
        return self.batch_size or (_BATCH_TUNED if pretrained(self.model.name) else _BATCH)

    @property
    def way(self) -> ScheduleConfig:
        """How the learning rate goes."""
        if self.schedule.name != "auto":
            return self.schedule
        return replace(self.schedule, name="linear" if pretrained(self.model.name) else "plateau")


def rules() -> dict[str, Rule]:
    """The rule of each setting of `FitConfig`, by its whole name, in order."""
    return rules_of(FitConfig)


def to_yaml(config: FitConfig) -> str:
    """The settings as the YAML that `crossent fit --config` reads."""
    return "".join(_lines(asdict(config), ""))


def _lines(settings: dict[str, Any], indent: str) -> list[str]:
    lines = []
    for name, value in settings.items():
        if isinstance(value, dict) and name in _GROUPS:
            lines += [f"{indent}{name}:\n", *_lines(value, indent + "  ")]
        else:
            lines.append(f"{indent}{name}: {_flow(value)}\n")
    return lines


_GROUPS = ("data", "model", "loss", "optimizer", "schedule", "stop")


def _flow(value: object) -> str:
    # JSON is YAML, but for one: without a point, YAML 1.1 reads 1e-05 as a string.
    if isinstance(value, float):
        text = json.dumps(value)
        return text.replace("e", ".0e") if "e" in text and "." not in text else text
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{json.dumps(key, ensure_ascii=False)}: {_flow(item)}" for key, item in value.items())
            + "}"
        )
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return json.dumps(value, ensure_ascii=False)

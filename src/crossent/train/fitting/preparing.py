"""From the settings to everything that a training needs."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, NamedTuple

import torch
from torch import nn

from .. import data as sources
from ..config.data import DataConfig
from ..config.fit import FitConfig, SettingError
from ..config.groups import StopConfig, pretrained
from ..config.interval import seconds
from ..data.dataset import Dataset
from ..data.loading import from_python
from ..data.schema import Reading
from ..data.split import Begun
from ..inference.parts import build_model, read_schema
from ..models.building import build, default_model, reading_of
from ..models.pretrained.base import Pretrained
from ..models.vectors import begin_with_vectors, vector_size, vector_table
from ..models.widedeep import Rows, WideDeep, begin
from ..runtime.device import Engine
from ..runtime.distributed import World
from ..state.checkpoint import Checkpoints
from ..state.folder import RunFolder
from ..state.origin import begun, located, same_data
from ..state.rng import seed_all
from ..tasks.registry import task_class
from .ema import Ema
from .feed import Feed, LoaderFeed, RowFeed
from .given import check_arguments, initialise
from .objective import make_task
from .optim import make_optimizer
from .schedule import Schedule
from .stopping import Stopping
from .stream_feed import StreamFeed
from .training import Training

# Numbers in a batch of an evaluation: without gradients there is room, and few large batches are quicker.
_EVAL_NUMBERS = 1 << 20
# Texts that are looked at for how alike they are.
_ALIKE = 2000
# Of the time that a run may take, what the search for its start may.
_SEARCHED = 0.1
# Of the free memory of a GPU, what samples may take to be held there.
_SHARE_OF_DEVICE = 0.2


class Source(NamedTuple):
    """The model and the data that came from Python instead of by name."""

    model: nn.Module | None = None
    data: Any = None


def load_data(config: FitConfig, source: Source, folder: RunFolder | None = None, world: World | None = None) -> Any:
    """The three parts with their schema and census; of a run that goes on in `folder`, read as they were.

    Raises:
        RunError: they are not those that the run was started with.
    """
    wanted = config.data
    if config.model.name == "cnn1d" and wanted.kind == "auto":
        wanted = replace(wanted, kind="signal")
    own = source.model is None and config.model.vectors is None
    if wanted.tokenizer == "auto" and own and config.model.name in ("auto", "widedeep"):
        wanted = replace(wanted, tokenizer="ngrams")
    if folder is None or not folder.begun:
        reading = None if source.model is not None else reading_of(config.model.name)
        if reading is not None:
            wanted = _as_read(wanted, reading, config.model.name)
        return _load(config, wanted, source, None, world, reading)
    where, before = located(folder.path, wanted, folder.consent), begun(folder.path, read_schema(folder.path))
    return same_data(folder.path, lambda: _load(config, where, source, before, world))


def _load(
    config: FitConfig,
    where: DataConfig,
    source: Source,
    begun: Begun | None,
    world: World | None,
    reading: Reading | None = None,
) -> Any:
    if source.data is None:
        return sources.load(where, config.seed, begun, world, reading)
    as_is = source.model is not None
    return from_python(source.data, where, config.seed, as_is=as_is, begun=begun, reading=reading)


def _as_read(wanted: DataConfig, reading: Reading, name: str) -> DataConfig:
    """The settings of the data with what a pretrained model says of them."""
    for setting in ("tokenizer", "vocabulary"):
        if (got := getattr(wanted, setting)) not in ("auto", None):
            neutral = "auto" if setting == "tokenizer" else None
            raise SettingError(f"data.{setting}", f"nothing: {name} brings its own", got, neutral)
    return wanted if wanted.image_size is not None else replace(wanted, image_size=reading.size)


def named(config: FitConfig, schema: Any) -> FitConfig:
    """The settings with what "auto" stands for in its place; those of the task are checked."""
    known = task_class(schema.task).metrics
    if config.stop.monitor.removeprefix("val_") not in ("loss", *known):
        names = ", ".join(f"val_{name}" for name in known)
        expected = f"val_loss, {names} for a {schema.task} task"
        raise SettingError("stop.monitor", expected, config.stop.monitor, f"val_{known[0]}")
    config = replace(config, epochs=config.passes, batch_size=config.batch, schedule=config.way)
    model = config.model
    if model.name == "auto":
        model = replace(model, name=default_model(schema))
    if model.vectors is not None and schema.kind == "text":
        # A run that goes on knows it, and needs the file no more.
        size = model.kwargs.get("embedding") or vector_size(model.vectors)
        # As many heads as their size can be divided by.
        heads = {"heads": math.gcd(size, 4)} if model.name == "transformer" else {}
        model = replace(model, kwargs={**heads, **model.kwargs, "embedding": size})
    return replace(config, model=model)


def _model(config: FitConfig, schema: Any, folder: RunFolder | None) -> tuple[nn.Module, list[str]]:
    """The model of these settings, and what a person should know of it; of a run that goes on from a checkpoint, which
    has the weights, nothing is read from outside of its folder."""
    name, vectors, freeze = config.model.name, config.model.vectors, config.model.freeze
    goes_on = folder is not None and Checkpoints(folder.path).any
    if pretrained(name) and folder is not None and goes_on:
        model = build_model(folder.path, schema, folder.consent)
    else:
        model = build(name, schema, **config.model.kwargs)
    if vectors is not None:
        if goes_on:
            vector_table(model, schema, vectors, freeze)
            return model, []
        return model, [begin_with_vectors(model, schema, vectors, freeze)]
    if freeze:
        if not isinstance(model, Pretrained):
            expected = f"false: {name} has learnt nothing yet that could be kept, as hf:NAME has"
            raise SettingError("model.freeze", expected, True, False)
        model.freeze()
    return model, [*getattr(model, "notes", ())]


def prepare(
    config: FitConfig,
    engine: Engine,
    data: Any,
    given: nn.Module | None,
    folder: RunFolder | None = None,
    like: nn.Module | None = None,
) -> Training:
    """The parts of a training; `config.model.name` is a name, `folder` that of a run that goes on, `like` a model that
    has learnt what validation rows can say of the start.

    Raises:
        SettingError: the model, the optimizer or the loss does not fit the data.
    """
    world, schema = engine.world, data.schema
    train, val = data.train, data.val
    if not len(val):
        raise SettingError(
            "data.val_fraction", "a share that leaves rows to validate on", config.data.val_fraction, 0.15
        )
    seed_all(config.seed)
    model, notes = (given, []) if given is not None else _model(config, schema, folder)
    check_arguments(model, schema.arguments)
    initialise(model, schema.new_task(config.loss), train)
    task = make_task(schema, config.loss, train, [part for part in (val, data.test) if part is not None])
    if isinstance(model, WideDeep):
        # Several processes begin with the same weights, however long each of them looks.
        limit = math.inf if config.time_limit is None or world.size > 1 else seconds(config.time_limit)
        first = begin(model, task, train, val, _SEARCHED * limit, like if isinstance(like, WideDeep) else None)
        config = replace(config, stop=_worth(config.stop, first))
        tokens = train.read(torch.arange(0, len(train), -(-len(train) // _ALIKE)))[0]
        assert isinstance(tokens, torch.Tensor), "a text is one tensor"
        model.keep_steady(tokens)
    # Up to here a model that stands in the processor's memory has read them.
    train, val = (_placed(part, engine.device) for part in (train, val))
    feed = _feed(config, data, train, world)
    if not isinstance(feed, RowFeed):
        # What a loader or a stream will give is not known before it does.
        task.all_count = False
    for module in model.modules():
        if isinstance(module, Rows):
            # A norm, a mean of processes and a scaled precision want dense gradients.
            module.sparse = engine.plain and config.clip is None
    wrapped = engine.set_up(model)
    task.to(engine.device)
    lr = config.peak_lr or 1e-3
    # A scaled precision unscales the gradients itself before they are clipped; shards have no fused kernels everywhere.
    fused = engine.device.type in ("cpu", "cuda") and not engine.sharded and engine.scaler_state() is None
    optimizer = engine.set_up_optimizer(make_optimizer(model, config.optimizer, lr, fused=fused))
    eval_batch = _eval_batch(data.val, config.micro_batch_size or config.batch)
    total = min(config.passes * feed.steps_per_epoch, config.steps or config.passes * feed.steps_per_epoch)
    return Training(
        config=config,
        engine=engine,
        task=task,
        model=wrapped,
        bare=model,
        optimizer=optimizer,
        schedule=Schedule(config.way, lr, total, feed.steps_per_epoch),
        stopping=Stopping(config.stop, feed.steps_per_epoch, task.lower),
        feed=feed,
        val=val,
        eval_batch=eval_batch,
        ema=None if config.ema is None else Ema(model, config.ema),
        notes=notes,
    )


def _worth(stop: StopConfig, first: float | None) -> StopConfig:
    """The settings with what is worth waiting for where the training begins at a minimum, with a validation loss of
    `first`: a hundredth of it. A linear model that is right everywhere could grow its margins for ever."""
    if first is None or not math.isfinite(first) or stop.min_delta or stop.monitor != "val_loss":
        return stop
    return replace(stop, min_delta=float(f"{first / 100:.1g}"))


def _feed(config: FitConfig, data: Any, train: Dataset, world: World) -> Feed:
    loader, streamed = getattr(data, "loader", None), getattr(data, "stream", None)
    if loader is not None:
        return LoaderFeed(loader, config.micro_batch_size, world)
    if streamed is not None:
        return StreamFeed(streamed.rows, train, config.batch, config.micro_batch_size, world)
    return RowFeed(train, config.batch, config.micro_batch_size, world)


def _placed(data: Dataset, device: torch.device) -> Dataset:
    """The samples on the device, where they are tensors and leave most of its memory to the model."""
    if device.type == "cuda":
        tensors = [*getattr(data.inputs, "tensors", ()), data.targets]
        size = sum(part.numel() * part.element_size() for part in tensors if isinstance(part, torch.Tensor))
        if size > _SHARE_OF_DEVICE * torch.cuda.mem_get_info(device)[0]:
            return data
    return data.to(device)


def _eval_batch(data: Dataset, least: int) -> int:
    inputs, _ = data.read(torch.zeros(1, dtype=torch.int64))
    each = sum(part.numel() for part in (inputs if isinstance(inputs, (tuple, list)) else (inputs,)))
    return max(min(_EVAL_NUMBERS // max(each, 1), 4096), least)

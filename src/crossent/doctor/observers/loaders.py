"""Data loaders and samplers: who built them, and the batches they give."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from torch.utils.data import DataLoader, WeightedRandomSampler
from torch.utils.data.dataloader import _BaseDataLoaderIter

from .. import sites
from ..engine import Engine, here
from ..evaluating import length
from ..events import BatchDrawn, PassStarted
from ..history import IdMap, Loader
from ..patches import Patches
from ..rows import Rows
from ..sites import Site


def install(engine: Engine, patches: Patches) -> None:
    """Watch what loaders are built and which of them gives a batch."""

    def building(original: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(original)
        def init(built: Any, *args: Any, **kwargs: Any) -> None:
            original(built, *args, **kwargs)
            if engine.on and not here.thread.quiet:
                engine.quietly(lambda: engine.history.built.set(built, sites.here()))

        return init

    def starting(original: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(original)
        def init(iterator: Any, loader: Any, *args: Any, **kwargs: Any) -> None:
            original(iterator, loader, *args, **kwargs)
            if engine.on:
                engine.quietly(started, iterator, loader)

        return init

    def drawing(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def draw(iterator: Any) -> Any:
            batch = original(iterator)
            if engine.on and not here.thread.quiet:
                engine.quietly(drawn, iterator, batch)
            return batch

        return draw

    known = IdMap()

    def started(iterator: Any, loader: Any) -> None:
        facts = _known(loader, engine.history.built_at(loader, sites.here()))
        known.set(iterator, facts)
        engine.emit(PassStarted(facts.site, loader, facts))

    def drawn(iterator: Any, batch: Any) -> None:
        history = engine.history
        loader = history.loader = known.get(iterator)
        history.batch_used = history.batch_looked_at = False
        if loader is not None:
            engine.emit(BatchDrawn(loader.site, iterator._num_yielded == 1, batch))

    patches.wrap(DataLoader, "__init__", building)
    patches.wrap(_BaseDataLoaderIter, "__init__", starting)
    patches.wrap(_BaseDataLoaderIter, "__next__", drawing)


def _known(loader: Any, site: Site) -> Loader:
    dataset = getattr(loader, "dataset", None)
    return Loader(site, _draws(loader), length(dataset), length(loader), Rows(loader))


def _draws(loader: Any) -> tuple[float, float] | None:
    """The range of the weights with which a loader draws its rows."""
    for owner in (loader, getattr(loader, "batch_sampler", None)):
        sampler = getattr(owner, "sampler", None)
        if isinstance(sampler, WeightedRandomSampler) and sampler.weights.numel() > 1:
            low, high = sampler.weights.aminmax()
            return float(low), float(high)
    return None

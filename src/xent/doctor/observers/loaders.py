"""Data loaders and samplers: who built them, and the batches they give."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import Any

from torch.utils.data import DataLoader, WeightedRandomSampler
from torch.utils.data.dataloader import _BaseDataLoaderIter

from .. import sites
from ..engine import Engine, here
from ..events import BatchDrawn
from ..patches import Patches


def install(engine: Engine, patches: Patches) -> None:
    """Watch what loaders are built and which of them gives a batch."""
    history = engine.history

    def building(original: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(original)
        def init(built: Any, *args: Any, **kwargs: Any) -> None:
            original(built, *args, **kwargs)
            if engine.on and not here.quiet:
                engine.quietly(history.built.set, built, sites.here())

        return init

    def starting(original: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(original)
        def init(iterator: Any, loader: Any, *args: Any, **kwargs: Any) -> None:
            original(iterator, loader, *args, **kwargs)
            if engine.on:
                engine.quietly(_remember, iterator, loader)

        return init

    def drawing(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def draw(iterator: Any) -> Any:
            batch = original(iterator)
            if engine.on and not here.quiet:
                engine.quietly(drawn, iterator)
            return batch

        return draw

    loaders = weakref.WeakKeyDictionary[Any, Any]()

    def _remember(iterator: Any, loader: Any) -> None:
        loaders[iterator] = weakref.ref(loader)

    def drawn(iterator: Any) -> None:
        history.loader = loaders.get(iterator)
        loader = history.loader() if history.loader is not None else None
        engine.emit(BatchDrawn(sites.NOWHERE, loader, iterator._num_yielded == 1))

    for kind in (DataLoader, WeightedRandomSampler):
        patches.wrap(kind, "__init__", building)
    patches.wrap(_BaseDataLoaderIter, "__init__", starting)
    patches.wrap(_BaseDataLoaderIter, "__next__", drawing)

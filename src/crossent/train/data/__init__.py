"""Labelled data: where they come from, what is in them, how they are split, how they come in batches.

Free of torch until something is loaded, for the command line's sake.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ...extras import require
from ..config.data import DataConfig
from ..errors import DataError

if TYPE_CHECKING:
    from ..runtime.distributed import World
    from .census import Census
    from .dataset import Dataset
    from .loading import from_python, read, rows
    from .parts import Data
    from .schema import Reading, Schema
    from .split import Begun

__all__ = ["Census", "Data", "DataConfig", "DataError", "Dataset", "Schema", "from_python", "load", "read", "rows"]

_HOME = {
    "Census": ".census",
    "Data": ".parts",
    "Dataset": ".dataset",
    "Schema": ".schema",
    "from_python": ".loading",
    "read": ".loading",
    "rows": ".loading",
}


def load(
    config: DataConfig,
    seed: int = 0,
    begun: Begun | None = None,
    world: World | None = None,
    reading: Reading | None = None,
) -> Data:
    """The data of a source: split, counted, and ready for a model; those of a run that has `begun` as they were. The
    processes of a `world` share the reading of files that are streamed. `reading`: how a pretrained model reads them.

    Example::

        >>> data = load(DataConfig("wine"), seed=0)
        >>> len(data.train), len(data.val), len(data.test), data.schema.task
        (124, 27, 27, 'multiclass')
    """
    require("predict")
    from .loading import load

    return load(config, seed, begun, world, reading)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    require("predict")
    return getattr(import_module(_HOME[name], __name__), name)

"""What a source is, and the records that it opens as."""

from __future__ import annotations

from dataclasses import dataclass, field

from .bundled import BUNDLED
from .bundled import load as load_bundled
from .config import DataConfig
from .errors import DataError
from .records import BadRow, Records


@dataclass
class Parts:
    """The records of a source; val and test are None where they are to be split off."""

    name: str
    train: Records
    val: Records | None = None
    test: Records | None = None
    skipped: list[BadRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def open_source(config: DataConfig) -> Parts:
    """The records of the settings' source."""
    if config.source in BUNDLED:
        return Parts(config.source, load_bundled(config.source))
    raise DataError(config.source)

"""The surveys of files that are streamed: counts as JSON, samples as Parquet; a run that goes on reads them
instead of all rows."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from ...files import replacing, write_text
from ..data.shares import PARTS
from ..data.survey import Survey
from ..errors import RunError
from .manifest import is_recorded, read_json, record, verify

_COUNTS = "stream.json"
# Of the source itself, and of parts that came apart.
_SOURCES = ("train", "val", "test")


def _sample(source: str, part: str) -> str:
    return f"samples/{part if source == 'train' else f'{source}-given'}.parquet"


FILES = (_COUNTS, *(_sample(source, part) for source in _SOURCES for part in PARTS))


def write_surveys(folder: Path, surveys: Mapping[str, Survey]) -> None:
    """Write what was found out."""
    (folder / "samples").mkdir(exist_ok=True)
    for source, found in surveys.items():
        for part, table in found.samples.items():
            with replacing(folder / _sample(source, part)) as temporary:
                pa.parquet.write_table(table, temporary)
    counts = {source: {"kept": found.kept.tolist(), "labels": found.labels} for source, found in surveys.items()}
    write_text(folder / _COUNTS, json.dumps(counts, ensure_ascii=False) + "\n")
    record(folder, FILES)


def read_surveys(folder: Path) -> dict[str, Survey]:
    """Read the surveys; nothing of a run whose data are in memory.

    Raises:
        RunError: it is damaged.
    """
    found = read_json(folder / _COUNTS)
    try:
        return {source: _survey(folder, source, counts) for source, counts in found.items() if source in _SOURCES}
    except (AttributeError, KeyError, TypeError, ValueError, pa.ArrowException) as error:
        raise RunError(f"{folder / _COUNTS} cannot be used: {error}") from None


def _survey(folder: Path, source: str, counts: dict[str, Any]) -> Survey:
    labels = {part: Counter({str(k): int(v) for k, v in counts["labels"].get(part, {}).items()}) for part in PARTS}
    samples = {
        part: pa.parquet.read_table(verify(folder, name))
        for part in PARTS
        if is_recorded(folder, name := _sample(source, part))
    }
    return Survey(np.asarray([int(rows) for rows in counts["kept"]], dtype=np.int64), labels, samples)

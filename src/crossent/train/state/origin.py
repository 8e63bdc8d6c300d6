"""data.json and split.json: which data a run was started with, and where they lay."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from ...files import write_text
from ...printable import in_shell
from ...wording import listed
from ..config.data import DataConfig
from ..config.names import is_url
from ..data.fingerprints import digest_of_array
from ..data.schema import Schema
from ..data.sources.bundled import BUNDLED
from ..data.split import Begun
from ..errors import DataError, RunError
from .manifest import read_json, record
from .surveys import read_surveys, write_surveys

_DATA, _SPLIT = "data.json", "split.json"
FILES = (_DATA, _SPLIT)
# The settings that are paths of data.
PLACES = ("source", "val", "test")
_PARTS = ("train", "val", "test")
_SHOWN = 3

T = TypeVar("T")


def write_origin(folder: Path, config: DataConfig, data: Any) -> None:
    """Write which rows and values the parts have, and where they were read from."""
    streamed = getattr(data, "stream", None)
    parts = {} if streamed is not None else _parts(data)
    contents = {name: _contents(part, data.schema, {}) for name, part in parts.items()}
    write_text(folder / _DATA, _json({"places": _places(folder, config), "contents": contents}))
    if streamed is not None:
        write_surveys(folder, streamed.surveys)
    write_text(folder / _SPLIT, _json({name: list(part.ids) for name, part in parts.items()}))


def write_places(folder: Path, config: DataConfig) -> None:
    """Write where the data lie now, if they are named otherwise than before."""
    described = _described(folder)
    before, now = described.get("places", {}), _places(folder, config)
    if described and any(now[name]["named"] != before.get(name, {}).get("named") for name in now):
        write_text(folder / _DATA, _json({**described, "places": now}))
        record(folder, [_DATA])


def located(folder: Path, config: DataConfig, consent: frozenset[object]) -> DataConfig:
    """The settings with the paths at which the data lie, seen from here: beside the run as they did, or where they
    were, or as they are named.

    Raises:
        RunError: they lie in a database that the folder names, and the user has not consented to connect to it.
    """
    for source in (config.source, config.val, config.test):
        if source is not None and is_url(source) and not consent & {True, source}:
            raise RunError(
                f"{folder / 'config.yaml'} says that its data are in {source}, which would be connected to. If you "
                f"know it, write --trust-code, or name the data: {in_shell(source)}"
            )
    places = _described(folder).get("places", {})
    found: dict[str, Any] = {}
    for name, place in places.items():
        if getattr(config, name) == place["named"]:
            candidates = (os.path.normpath(folder.absolute() / place["relative"]), place["absolute"])
            found[name] = next((path for path in candidates if os.path.exists(path)), place["named"])
    return replace(config, **found)


def begun(folder: Path, schema: Schema) -> Begun:
    """How the data of a run were read and split."""
    return Begun(schema, split(folder), read_surveys(folder))


def split(folder: Path) -> dict[str, list[str]]:
    """The ids of the rows of each part."""
    found = read_json(folder / _SPLIT)
    if not all(isinstance(ids, list) and all(isinstance(name, str) for name in ids) for ids in found.values()):
        raise RunError(f"{folder / _SPLIT} cannot be used: it must hold a list of names for each part")
    return found


def _described(folder: Path) -> dict[str, Any]:
    """data.json, which may be from anybody: names of names of texts."""
    found = read_json(folder / _DATA)
    inner = {"places": {"named", "absolute", "relative"}, "contents": set[str]()}
    for key, needed in inner.items():
        parts = found.get(key, {})
        for part in parts.values() if isinstance(parts, dict) else [None]:
            if not (
                isinstance(part, dict) and needed <= part.keys() and all(isinstance(v, str) for v in part.values())
            ):
                raise RunError(f"{folder / _DATA} cannot be used: {key} must hold texts by their names, for each part")
    return found


def same_data(folder: Path, read: Callable[[], T]) -> T:
    """The data that are read, which are those that the run was started with: the same rows, with the same values.

    Raises:
        RunError: they are not; the text says what has changed.
    """
    try:
        data = read()
        change = _values_changed(_described(folder), data)
    except DataError as error:
        change = str(error).rstrip(".")
    if change:
        raise RunError(
            f"the data are not those that the run in {folder} was started with: {change}. Name the same data "
            "(--data.source), or start a new run"
        )
    return data


def _values_changed(described: Mapping[str, Any], data: Any) -> str:
    changed: dict[str, None] = {}
    for name, before in described.get("contents", {}).items():
        part = _parts(data).get(name)
        now = {} if part is None else _contents(part, data.schema, before)
        changed |= dict.fromkeys(block for block in {**before, **now} if before.get(block) != now.get(block))
    return f"the values of {listed(list(changed), _SHOWN)} are others" if changed else ""


def _contents(part: Any, schema: Schema, recorded: Mapping[str, str]) -> dict[str, str]:
    """The digests of the values, and of the weights that came beside them."""
    weights = part.records.weights
    own = {} if weights is None else {"sample_weight": digest_of_array(weights)}
    return {**part.records.contents(schema, recorded), **own}


def _parts(data: Any) -> dict[str, Any]:
    return {name: part for name in _PARTS if (part := getattr(data, name)) is not None}


def _places(folder: Path, config: DataConfig) -> dict[str, dict[str, str]]:
    """The paths among the settings of the data, absolute and seen from the run's folder."""
    named = {name: value for name in PLACES if (value := getattr(config, name)) is not None and value not in BUNDLED}
    paths = {name: os.path.abspath(os.path.expanduser(value)) for name, value in named.items()}
    return {
        name: {"named": named[name], "absolute": path, "relative": os.path.relpath(path, folder.absolute())}
        for name, path in paths.items()
        if os.path.exists(path)
    }


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, default=str) + "\n"

"""Files of a run's folder with random damage, and with foreign values under right checksums."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from crossent.train import fit
from crossent.train.fitting import fit as fitting
from crossent.train.inference.loading import load_run
from crossent.train.report.findings import Report
from crossent.train.state.checkpoint import STATE
from crossent.train.state.manifest import MANIFEST, record

from ..train.conftest import QUIET
from .tally import Tally, apart
from .test_foreign_values import VALUES


def predicted(folder: Path, source: str) -> str:
    """A digest of what a run says of some data."""
    # A name alone could be a text.
    data = Path(source) if Path(source).exists() else source
    predictions = load_run(folder).predict(data, calibrated=True)
    numbers = predictions.probabilities
    digest = hashlib.sha256(repr(predictions.labels).encode())
    if numbers is not None:
        digest.update(numbers.numpy().tobytes())
    return digest.hexdigest()


def resumed(folder: Path) -> str:
    """Nothing, once a run that has ended was asked to go on."""
    fitting.finish = lambda folder, task, *args, **kwargs: Report(task)
    fit(resume=folder, console=QUIET)
    return ""


def damaged(content: bytes, draw: random.Random) -> bytes:
    """Other bytes at a random place: changed, gone, put in between, or all that follow gone."""
    place, length = draw.randrange(len(content) + 1), draw.choice((1, 1, 1, 4, 64))
    new = draw.choice((draw.randbytes(length), bytes(length), content[:length], b"\xff" * length))
    before, after = content[:place], content[place + length :]
    return draw.choice((before + new + after, before + after, before + new + content[place:], before))


def damage(name: str, run: Path, source: str, draw: random.Random, tries: int) -> Iterator[Tally]:
    """Every file of a run, damaged: the same predictions or a sentence; the same end of a resumed run or a sentence."""
    right = predicted(run, source)
    calls: tuple[tuple[str, str, Callable[[Path], str]], ...] = (
        ("predicted", right, lambda folder: predicted(folder, source)),
        ("resumed", "", resumed),
    )
    for verb, expected, call in calls:
        tally = Tally(f"random damage to every file of a {name} run, {verb}")
        for file in sorted(path for path in run.rglob("*") if path.is_file()):
            for number in range(tries):
                path = fresh(run) / file.relative_to(run)
                path.write_bytes(damaged(path.read_bytes(), draw))
                outcome = apart(call, copy_of(run))
                tally.add(outcome, expected, f"{file.relative_to(run)}, try {number}")
        yield tally


def foreign(name: str, run: Path, source: str, draw: random.Random, tries: int) -> Iterator[Tally]:
    """Foreign values anywhere in the JSON files and the settings of a run, under right checksums: no traceback."""
    tally = Tally(f"foreign values in a {name} run, predicted and resumed")
    assert not any(call.startswith("told") for call in (apart(predicted, run, source), apart(resumed, fresh(run))))
    files = [path for path in sorted(run.rglob("*")) if path.suffix in (".json", ".yaml")]
    for file in files:
        content = read(file)
        places = list(nodes(content))
        for number in range(min(tries, len(places) * len(VALUES))):
            place, value = draw.choice(places), draw.choice(VALUES)
            path = fresh(run) / file.relative_to(run)
            write(path, replaced(content, place, value))
            sign(copy_of(run), file.relative_to(run))
            for outcome in (apart(predicted, copy_of(run), source), apart(resumed, copy_of(run))):
                # Whoever signs a folder may say what it likes: any answer will do.
                answered = not outcome.startswith(("Traceback", "hung", "ended", "told"))
                right = outcome if answered else "an answer"
                tally.add(outcome, right, f"{file.relative_to(run)}: {'/'.join(map(str, place))} = {value!r}, {number}")
    yield tally


def copy_of(run: Path) -> Path:
    """Where a run is attacked."""
    return run.with_name(f"{run.name}-attacked")


def fresh(run: Path) -> Path:
    """A whole copy of a run, in the place of the last one."""
    shutil.rmtree(copy_of(run), ignore_errors=True)
    return Path(shutil.copytree(run, copy_of(run)))


def read(file: Path) -> Any:
    return yaml.safe_load(file.read_text()) if file.suffix == ".yaml" else json.loads(file.read_text())


def write(file: Path, content: Any) -> None:
    file.write_text(yaml.safe_dump(content) if file.suffix == ".yaml" else json.dumps(content))


def nodes(content: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of all values in a document; of long lists the first few."""
    yield place
    if isinstance(content, (dict, list)):
        keys = list(content) if isinstance(content, dict) else range(min(3, len(content)))
        for key in keys:
            yield from nodes(content[key], (*place, key))


def replaced(content: Any, place: tuple[Any, ...], value: Any) -> Any:
    """The document with another value in a place."""
    if not place:
        return value
    copied = content.copy()
    copied[place[0]] = replaced(content[place[0]], place[1:], value)
    return copied


def sign(folder: Path, name: Path) -> None:
    """Make the checksums of a folder those of its content."""
    if name.name == STATE:
        content = read(folder / name)
        if isinstance(content, dict):
            content.pop("checksum", None)
            write(folder / name, content)
    elif name.suffix == ".json" and name.name != MANIFEST:
        record(folder, [str(name)])

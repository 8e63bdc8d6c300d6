"""`crossent predict`: the rows of a source with what is predicted for each, written part by part."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from ...files import replacing
from ...printable import in_shell
from ..data import DataError
from ..data.dataset import Dataset
from ..data.parts import PREDICTED
from ..evaluation.predictions import columns_of
from ..tasks.base import Target
from .predict import Decision, outputs_of
from .run import Run, RunError
from .tables import FORMATS, free, table

Progress = Callable[[int, int], None]


def check_output(path: Path, target: Target) -> None:
    """Make sure that predictions for samples that are labelled so can be written to a path.

    Raises:
        RunError: it cannot; the text says what to write.
    """
    if target is Target.MASK:
        if path.suffix or path.is_file():
            raise RunError(f"predicted masks are files in a folder, got {str(path)!r}; write for example masks")
        return
    if path.is_dir():
        raise RunError(f"{str(path)!r} is a folder; write for example {in_shell(path / 'predicted.csv')}")
    if path.suffix not in FORMATS:
        near = (difflib.get_close_matches(path.suffix, FORMATS, n=1) or FORMATS)[0]
        better = in_shell(path.with_suffix(near))
        raise RunError(f"{str(path)!r}: expected a name that ends in {', '.join(FORMATS)}; write {better}")
    if not path.parent.is_dir():
        raise RunError(f"there is no folder {str(path.parent)!r} to write {path.name} to")


def predict_file(
    run: Run,
    source: str,
    output: Path,
    how: Decision,
    batch_size: int = 256,
    progress: Progress | None = None,
    tell: Callable[[str], None] | None = None,
    query: str | None = None,
) -> int:
    """Predict all rows of a source; returns how many there were, and tells what in them the model does not know.

    A table keeps its columns and its order and gains "prediction" and probabilities ("p_" and the class); pictures are
    named in the column "file". Of a segmentation `output` is a folder, which gets a mask for each image, written with
    the pixel values of the training masks.

    Raises:
        RunError, DataError, SettingError: nothing can be predicted so; the text says why. No file is left then.
    """
    check_output(output, run.task.target)
    if Path(source).resolve() == output.resolve():
        raise RunError(f"{output} is the source itself; write the predictions to another file")
    data = run.read(source, labelled=False, query=query)
    if not len(data):
        raise DataError(f"{source}: there are no rows to predict.")
    if tell is not None and data.records is not None:
        for line in data.records.unknown(run.schema):
            tell(line)
    return write_rows(run, data, output, how, batch_size, progress)


def write_part(run: Run, data: Dataset, folder: Path) -> None:
    """Write what is predicted for the part of a run's own data that came without labels into a folder."""
    name = PREDICTED if run.task.target is Target.MASK else f"{PREDICTED}.csv"
    write_rows(run, data, folder / name, run.decision(0.5, calibrated=False))


def write_rows(
    run: Run, data: Dataset, output: Path, how: Decision, batch_size: int = 256, progress: Progress | None = None
) -> int:
    """Write what is predicted for the rows of a source that is open; returns how many there are."""
    if run.task.target is Target.MASK:
        return _masks(run, data, output, batch_size, progress)
    records = data.records
    assert records is not None, "a source has records"
    original = records.iterate(batch_size)
    done = 0
    with table(output, records.types) as writer:
        for outputs in outputs_of(run.task, run.model, data, batch_size):
            columns = next(original)
            rows = list(columns_of(outputs, how.predicted(outputs), how.temperature))
            for name in rows[0]:
                columns[free(name, columns)] = [row[name] for row in rows]
            writer.write(columns)
            done += len(rows)
            if progress is not None:
                progress(done, len(data))
    return done


def _masks(run: Run, data: Dataset, output: Path, batch_size: int, progress: Progress | None) -> int:
    output.mkdir(parents=True, exist_ok=True)
    values = np.array([int(label) for label in run.schema.labels] or range(len(run.schema.classes)))
    small = values.max() < 256
    done = 0
    for outputs in outputs_of(run.task, run.model, data, min(batch_size, 16)):
        classes = run.task.predictions(outputs.logits)
        for name, mask in zip(outputs.ids, classes, strict=True):
            pixels = values[mask.numpy()].astype(np.uint8 if small else np.uint16)
            size = _size(data, done)
            path = output / Path(name).with_suffix(".png")
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as temporary:
                picture = Image.fromarray(pixels)
                (picture.resize(size, Image.Resampling.NEAREST) if size else picture).save(temporary, "PNG")
            done += 1
        if progress is not None:
            progress(done, len(data))
    return done


def _size(data: Dataset, row: int) -> tuple[int, int] | None:
    """Width and height of the original picture."""
    shown = data.show(row)
    return (shown.shape[1], shown.shape[0]) if isinstance(shown, torch.Tensor) else None

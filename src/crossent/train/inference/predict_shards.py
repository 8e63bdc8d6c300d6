"""`crossent predict` for files that are larger than memory: a file of predictions for each, by several processes.

Legend: N rows, C classes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import torch
from torch import Tensor

from ...files import read_json, replacing, write_text
from ..data.dataset import Dataset
from ..data.records.shard_rows import ShardRows
from ..data.sources.shards import Shards, is_remote, is_sharded, open_shards
from ..evaluation.outputs import Outputs
from ..evaluation.passes import batches
from ..evaluation.predictions import COLUMNS
from ..runtime.distributed import World
from ..runtime.launch import started_by_others, together
from ..runtime.threads import cpu_threads
from ..tasks.base import Target
from .parts import weights_folder
from .predict import Decision
from .run import Run, RunError
from .tables import FORMATS, free

# What the predictions in a folder are of: others are not put beside them.
_NOTE = "predictions.json"


def is_many(source: str, output: Path) -> bool:
    """Return whether predictions for a source go into a folder, a file for each of its files."""
    return output.suffix not in FORMATS and (is_remote(source) or is_sharded(Path(source).expanduser()))


def predict_shards(
    run: Run,
    source: str,
    output: Path,
    how: Decision,
    batch_size: int = 256,
    processes: int = 1,
    progress: Callable[[int, int], None] | None = None,
    tell: Callable[[str], None] | None = None,
) -> int:
    """Predict the rows of all files of a folder; returns how many there are.

    Each file gets one of its name in `output`, with its columns and order, "prediction" and probabilities. A file of
    predictions is whole or absent, and one that is there is not made again: after an end of any kind the same call goes
    on. Of P processes, which this call, torchrun or SLURM has started, each takes every P-th file.

    Args:
        run: whose model predicts.
        source: a folder of files, or the address of one.
        output: a folder.
        how: classes are decided on.
        batch_size: rows at a time.
        processes: to start on this machine.
        progress: is told how many files are done, and how many there are.
        tell: is told what the model does not know.

    Raises:
        RunError, DataError, SettingError: nothing can be predicted so; the text says why.
    """
    if run.task.target is Target.MASK:
        raise RunError("a segmentation predicts images; name a folder of images")
    shards = open_shards(source)
    output.mkdir(parents=True, exist_ok=True)
    _claim(run, shards, output, how)

    def own() -> int:
        rank, size = _place()
        with cpu_threads(1 if size > 1 else torch.get_num_threads()):
            for done, place in enumerate(range(rank, len(shards.shards), size), start=1):
                target = output / Path(shards.shards[place].name).with_suffix(".parquet")
                if not target.exists():
                    target.parent.mkdir(parents=True, exist_ok=True)
                    _predict_file(run, shards, place, target, how, batch_size, tell if done == 1 else None)
                if progress is not None and rank == 0:
                    progress(min(done * size, len(shards.shards)), len(shards.shards))
        return shards.rows

    return together(own, processes, 1, 0)


def _place() -> tuple[int, int]:
    """The number of this process, and how many there are."""
    if not started_by_others():
        return 0, 1
    names = ("RANK", "WORLD_SIZE") if "RANK" in os.environ else ("SLURM_PROCID", "SLURM_NTASKS")
    rank, size = (int(os.environ[name]) for name in names)
    if torch.cuda.is_available():
        local = os.environ.get("LOCAL_RANK", os.environ.get("SLURM_LOCALID", "0"))
        torch.cuda.set_device(int(local) % torch.cuda.device_count())
    return rank, size


def _claim(run: Run, shards: Shards, output: Path, how: Decision) -> None:
    """Say in the folder what its predictions are of.

    Raises:
        RunError: it holds others.
    """
    each = [read_json(weights_folder(one.folder) / "state.json")["files"] for one in run.runs]
    weights = each if len(each) > 1 else each[0]
    files = [[shard.name, shard.size, sum(shard.groups)] for shard in shards.shards]
    wanted = {"weights": weights, "cuts": list(how.cuts), "temperature": how.temperature, "files": files}
    note = output / _NOTE
    if not note.exists():
        write_text(note, json.dumps(wanted) + "\n")
    try:
        found = read_json(note)
    except (OSError, ValueError) as error:
        raise RunError(f"{note} cannot be read: {error}") from None
    if found != wanted:
        raise RunError(
            f"{output} holds predictions of other weights, for other files or with other options; name another folder"
        )


def _predict_file(
    run: Run,
    shards: Shards,
    place: int,
    target: Path,
    how: Decision,
    batch_size: int,
    tell: Callable[[str], None] | None,
) -> None:
    writer: Any = None
    with replacing(target) as temporary:
        try:
            for group in range(len(shards.shards[place].groups)):
                table = shards.read(place, group)
                rows = ShardRows(shards, table, np.arange(table.num_rows), run.config.data.memory_mb << 20)
                data = run.ready(rows, labelled=False)
                if tell is not None and group == 0:
                    for line in rows.unknown(run.schema):
                        tell(line)
                predicted = _predicted(run, data, how, batch_size)
                for name, values in predicted.items():
                    table = table.append_column(free(name, table.column_names), values)
                writer = writer or pa.parquet.ParquetWriter(temporary, table.schema)
                writer.write_table(table)
        finally:
            if writer is not None:
                writer.close()


def _predicted(run: Run, data: Dataset, how: Decision, batch_size: int) -> dict[str, pa.Array]:
    """The columns of predictions."""
    parts = list(_columns(run, data, how, batch_size))
    names = list(parts[0])
    return {name: pa.concat_arrays([part[name] for part in parts]) for name in names}


def _columns(run: Run, data: Dataset, how: Decision, batch_size: int) -> Iterator[dict[str, pa.Array]]:
    task = run.task
    told = [f"p_{name}" for name in task.told]
    # A file without rows has the columns too.
    nothing = [task.empty()[0]] if not len(data) else []
    logits = (logits.cpu() for _, logits, _ in batches(task, run.model, data, batch_size, World()))
    for part in (*nothing, *logits) if nothing else logits:
        outputs = Outputs(task, part, None, None, [], float("nan"))
        p = outputs.probabilities(how.temperature).reshape(len(part), len(told)).float()
        classes = {"prediction": pa.array(_names(run, how.predicted(outputs)), pa.string())}
        if len(told) > COLUMNS:
            yield {**classes, "probability": pa.array(p.amax(1).numpy())}
        else:
            yield {**classes, **{name: pa.array(p[:, place].numpy()) for place, name in enumerate(told)}}


def _names(run: Run, predicted: Tensor) -> list[str]:
    """The predicted class of each row, or classes with | between them."""
    if not len(predicted):
        return []
    different, places = torch.unique(predicted, dim=0, return_inverse=True)
    everything = torch.ones_like(different, dtype=torch.bool)
    names = ["|".join(run.task.names(*row)) for row in zip(different, everything, strict=True)]
    return [names[place] for place in places.tolist()]

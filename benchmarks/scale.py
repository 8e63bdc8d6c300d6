"""Rows that are streamed, beside plain iteration of pyarrow's and of HF datasets' over the same files: `make scale`.

Reads one epoch, in batches as a model takes them, without a model: rows a second over all processes, and of the
hungriest process the peak of resident memory and the bytes it has read. The baselines do not mix rows (pyarrow), or in
a buffer of 10,000 (HF datasets, where it is installed); they give each process every P-th file.
"""

from __future__ import annotations

import argparse
import json
import pickle
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet
import torch

from crossent.cli.memory import keep_freed_memory
from crossent.train.config.data import DataConfig
from crossent.train.data import load
from crossent.train.fitting.stream_feed import StreamFeed
from crossent.train.runtime.distributed import World

NUMBERS = [f"x{place}" for place in range(20)]
WORDS = np.asarray([f"word{place}" for place in range(50)])
BATCH, GROUP = 1024, 100_000


def write(folder: Path, rows: int, files: int) -> None:
    """Files of 20 numbers, a category and a label, once."""
    folder.mkdir(parents=True, exist_ok=True)
    for place in range(files):
        path = folder / f"part-{place:05}.parquet"
        if not path.exists():
            rng = np.random.default_rng(place)
            count = rows // files
            x = rng.normal(size=(count, len(NUMBERS))).astype(np.float32)
            label = (x[:, 0] + x[:, 1] * x[:, 2] > 0.5).astype(np.int64) + (x[:, 3] > 1)
            columns = {name: x[:, column] for column, name in enumerate(NUMBERS)}
            table = pa.table({**columns, "word": WORDS[rng.integers(0, len(WORDS), count)], "label": label})
            pa.parquet.write_table(table, path.with_suffix(".partial"), row_group_size=GROUP)
            path.with_suffix(".partial").rename(path)


def of_crossent(folder: Path, known: Path, rank: int, size: int) -> Iterator[int]:
    """The rows of each batch, standardised, with their labels."""
    with open(known, "rb") as file:
        stream, sample = pickle.load(file)
    feed = StreamFeed(stream, sample, BATCH, None, World(rank, size))
    for window in feed.epoch(1, 0):
        yield sum(len(micro.targets) for micro in window if micro.real)


def of_pyarrow(folder: Path, known: Path, rank: int, size: int) -> Iterator[int]:
    """The same columns as tensors, as they stand in the files."""
    files = [str(path) for path in sorted(folder.glob("*.parquet"))[rank::size]]
    places = {word: place for place, word in enumerate(WORDS.tolist())}
    for batch in pa.dataset.dataset(files).to_batches(batch_size=max(BATCH // size, 1)):
        x = torch.from_numpy(np.stack([batch.column(name).to_numpy() for name in NUMBERS], 1))
        word = batch.column("word").dictionary_encode()
        codes = np.asarray([places[name] for name in word.dictionary.to_pylist()])[word.indices.to_numpy()]
        inputs = (x, torch.from_numpy(codes)[:, None], torch.from_numpy(np.array(batch.column("label"))))
        yield len(inputs[0])


def of_datasets(folder: Path, known: Path, rank: int, size: int) -> Iterator[int]:
    """The same by HF datasets, with its buffer."""
    from datasets import load_dataset

    files = [str(path) for path in sorted(folder.glob("*.parquet"))[rank::size]]
    rows = load_dataset("parquet", data_files=files, split="train", streaming=True)
    for batch in rows.shuffle(seed=1, buffer_size=10_000).with_format("numpy").iter(max(BATCH // size, 1)):
        yield len(torch.from_numpy(np.stack([batch[name] for name in NUMBERS], 1)))


READERS = {"crossent": of_crossent, "pyarrow": of_pyarrow, "datasets": of_datasets}


def survey(folder: Path, known: Path) -> dict[str, float]:
    """The census, kept for the others."""
    data = load(DataConfig(str(folder), stream="always"))
    assert data.stream is not None
    known.write_bytes(pickle.dumps((data.stream.rows, data.train)))
    return {"rows": sum(data.census.rows.values())}


def measured(reader: str, folder: Path, known: Path, rank: int, size: int) -> dict[str, float]:
    """One process."""
    torch.set_num_threads(1)
    # As the command does.
    keep_freed_memory()
    before, began = _read(), time.perf_counter()
    found = survey(folder, known) if reader == "census" else {"rows": sum(READERS[reader](folder, known, rank, size))}
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {**found, "seconds": seconds, "peak": peak, "read": (_read() - before) / 2**20}


def _read() -> int:
    """Bytes that this process has read so far, of files and else."""
    return int(Path("/proc/self/io").read_text().split()[1])


def together(reader: str, folder: Path, known: Path, size: int) -> dict[str, float]:
    """What P processes need at the same time."""
    command = [sys.executable, __file__, "--folder", str(folder), "--reader", reader, "--size", str(size), "--rank"]
    started = [subprocess.Popen([*command, str(rank)], stdout=subprocess.PIPE) for rank in range(size)]
    answers = [process.communicate()[0] for process in started]
    found: list[dict[str, float]] = [json.loads(answer.splitlines()[-1]) for answer in answers]
    seconds = max(one["seconds"] for one in found)
    rows = sum(one["rows"] for one in found)
    return {"rows": rows, "seconds": seconds, **{key: max(one[key] for one in found) for key in ("peak", "read")}}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, default=Path("build/scale"))
    parser.add_argument("--rows", type=int, default=50_000_000)
    parser.add_argument("--files", type=int, default=64)
    parser.add_argument("--reader")
    parser.add_argument("--size", type=int, default=1)
    parser.add_argument("--rank", type=int, default=0)
    given = parser.parse_args()
    known = given.folder / ".known"
    if given.reader:
        print(json.dumps(measured(given.reader, given.folder, known, given.rank, given.size)))
        return
    write(given.folder, given.rows, given.files)
    size = sum(path.stat().st_size for path in given.folder.glob("*.parquet")) / 2**20
    versions = f"torch {torch.__version__}, pyarrow {pa.__version__}"
    print(f"{given.rows:,} rows in {given.files} files, {size:,.0f} MiB; {versions}")
    print("| reader | processes | rows | seconds | rows a second | peak memory, MiB | read by a process, MiB |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    readers = ["crossent", "pyarrow", *(["datasets"] if _has_datasets() else [])]
    for reader, processes in [("census", 1), *((reader, size) for size in (1, 2, 4) for reader in readers)]:
        found = together(reader, given.folder, known, processes)
        pace = found["rows"] / found["seconds"]
        cells: list[Any] = [f"{found['rows']:,}", f"{found['seconds']:.1f}", f"{pace:,.0f}"]
        cells += [f"{found['peak']:,.0f}", f"{found['read']:,.0f}"]
        print(f"| {reader} | {processes} | {' | '.join(cells)} |", flush=True)


def _has_datasets() -> bool:
    try:
        import datasets  # noqa: F401
    except ImportError:
        return False
    return True


if __name__ == "__main__":
    main()

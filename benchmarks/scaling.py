"""Softmax cross entropy from few classes to many, at the same number of logits, on one thread and on several."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

import torch

from crossent.bench import measure, plot
from crossent.bench.cases import softmax
from crossent.bench.comparison import CROSSENT, EAGER, UNIT, How, Row
from crossent.bench.comparison import measure as measure_case

CLASSES = (10, 32, 100, 320, 1000, 3200, 10_000, 32_000, 100_000, 262_144)
PICTURE = Path(__file__).parent.parent / "docs" / "images" / "scaling.png"


def main(argv: Sequence[str] | None = None) -> None:
    """Print the table and draw it."""
    parser = ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--elements", type=int, default=2**25, help="float32 logits of every case (default: 2**25)")
    parser.add_argument("--threads", type=int, nargs="+", default=sorted({1, min(2, os.cpu_count() or 1)}))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("-o", "--output", type=Path, default=PICTURE)
    options = parser.parse_args(argv)

    classes = [c for c in CLASSES if c <= options.elements]
    title = f"softmax cross entropy of {options.elements:,} float32 logits"
    print(f"{title}, forward + backward, medians of {options.rounds} rounds ({_versions()})")
    print(f"{'threads':>7} {'C':>8} {'N':>9} {'crossent/torch':>11} {'torch copies':>13} {'crossent copies':>12}")
    before = torch.get_num_threads()
    rows = {threads: _rows(threads, classes, options.elements, options.rounds) for threads in options.threads}
    torch.set_num_threads(before)
    _draw(rows, title, options.rounds, options.output)
    print(f"wrote {options.output}")


def _rows(threads: int, classes: Sequence[int], elements: int, rounds: int) -> list[Row]:
    torch.set_num_threads(threads)
    rows = []
    for c in classes:
        row = measure_case(softmax((elements // c, c)), How(rounds=rounds, compile=False, memory=False))
        ratio, eager, crossent = row.time_ratio(CROSSENT), row.units(EAGER), row.units(CROSSENT)
        print(f"{threads:7} {c:8} {elements // c:9} {ratio:11.2f} {eager:13.1f} {crossent:12.1f}", flush=True)
        rows.append(row)
    return rows


def _draw(rows: dict[int, list[Row]], title: str, rounds: int, path: Path) -> None:
    names = {threads: f"{threads} thread" + ("" if threads == 1 else "s") for threads in rows}
    picture = plot.figure(9.6, 4.2, title, f"{_versions()}; medians of {rounds} rounds")
    left, right = picture.subplots(1, 2)
    ratios = {names[n]: [(r.case.shape[1], r.seconds[CROSSENT] / r.seconds[EAGER]) for r in rows[n]] for n in rows}
    copies = {names[n]: [(r.case.shape[1], r.seconds[CROSSENT] / r.seconds[UNIT]) for r in rows[n]] for n in rows}
    plot.curves(left, ratios, "time of crossent ÷ torch eager", "classes").axhline(1.0, color="black", linewidth=1)
    plot.curves(right, copies, "time of crossent in copies of the logits", "classes")
    path.parent.mkdir(parents=True, exist_ok=True)
    plot.save(picture, path)


def _versions() -> str:
    # Without the threads, which differ from row to row.
    return ", ".join(part for part in measure.environment().split(", ") if "thread" not in part)


if __name__ == "__main__":
    main()

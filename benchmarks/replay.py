"""A refactoring is replayed: digests of what the package computes, to compare one commit with another.

    python benchmarks/replay.py --save before.txt
    python benchmarks/replay.py --compare before.txt
    python benchmarks/replay.py --only launch,fit

The package is the one that Python finds: `PYTHONPATH=OTHER/src python benchmarks/replay.py …` replays another checkout.
A line is a case: 200 calls per backend, the launch tables, trainings, and what the doctor finds in its tests' scripts.
Everything runs on one thread of the CPU, with fixed seeds; another processor, or another torch, gives other digests.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

WORK = Path(__file__).parent / "replay_work.py"
BACKENDS = ("aten", "baseline", "avx2", "avx512", "triton")
# Section → the arguments of `replay_work.py`, one process each.
SECTIONS = {
    "losses": [("losses", backend) for backend in BACKENDS],
    "launch": [("launch",)],
    "fit": [("digits",), ("tasks",)],
    "doctor": [("doctor",)],
}


def main() -> int:
    """Print the digests, or what differs; the exit status is 1 if anything does."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(SECTIONS), help="sections, with commas (default: %(default)s)")
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the lines to FILE")
    parser.add_argument("--compare", type=Path, metavar="FILE", help="print only what differs from FILE")
    options = parser.parse_args()
    sections = options.only.split(",")
    if unknown := set(sections) - set(SECTIONS):
        parser.error(f"--only: there is no section {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")

    lines = []
    for line in replay(sections):
        lines.append(line)
        if not options.compare and not options.save:
            print(line, flush=True)
    if options.save:
        options.save.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if options.compare:
        before = options.compare.read_text(encoding="utf-8").splitlines()
        return compare([line for line in before if line.split(" ")[0] in sections], lines)
    return 0


def replay(sections: list[str]) -> Iterator[str]:
    """The lines of these sections."""
    for section in sections:
        for arguments in SECTIONS[section]:
            yield from work(section, arguments)


def work(section: str, arguments: tuple[str, ...]) -> Iterator[str]:
    """The lines that one process prints, and its exit status if that is not 0."""
    settings = {"OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0", "PYTHONWARNINGS": "ignore", "COLUMNS": "120"}
    backend = arguments[1] if len(arguments) > 1 else None
    if backend:
        settings |= dict.fromkeys(("CROSSENT_BACKEND", "XENT_BACKEND"), backend)
    if backend == "triton":
        settings["TRITON_INTERPRET"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(WORK.absolute()), *arguments]
        run = subprocess.Popen(
            command, cwd=folder, env={**_absolute(os.environ), **settings}, stdout=subprocess.PIPE, text=True
        )
        assert run.stdout is not None
        for line in run.stdout:
            yield f"{section} {line.rstrip()}"
        if run.wait():
            yield f"{section} {' '.join(arguments)} could not run = exit status {run.returncode}"


def _absolute(environment: os._Environ[str]) -> dict[str, str]:
    """The environment for a process in another folder."""
    given = dict(environment)
    if path := given.get("PYTHONPATH"):
        given["PYTHONPATH"] = os.pathsep.join(map(os.path.abspath, path.split(os.pathsep)))
    return given


def compare(before: list[str], after: list[str]) -> int:
    """Print case by case what differs; 1 if anything does."""
    old, new = (dict(line.split(" = ", 1) for line in lines) for lines in (before, after))
    gone, added = old.keys() - new.keys(), new.keys() - old.keys()
    for name in sorted(gone):
        print(f"- {name} = {old[name]}")
    for name in sorted(added):
        print(f"+ {name} = {new[name]}")
    changed = [name for name in new if name in old and new[name] != old[name]]
    for name in changed:
        print(f"! {name}\n    before {old[name]}\n    after  {new[name]}")
    same = len(new) - len(added) - len(changed)
    print(f"{same} cases are the same, {len(changed)} differ, {len(gone)} are gone, {len(added)} are new")
    return int(bool(gone or added or changed))


if __name__ == "__main__":
    raise SystemExit(main())

"""The GPU kernels: right first, then their share of the speed of memory, beside torch, torch.compile, Liger and QuACK.

    PYTHONPATH=src python benchmarks/gpu.py          # all rows, under ten minutes on an H100 or H200
    TRITON_INTERPRET=1 PYTHONPATH=src python benchmarks/gpu.py --toy     # the same at toy sizes, without a GPU

From a bare checkout: torch and Triton are enough, nothing is compiled or fetched before. Before any row is timed the
losses, gradients and error reports are compared with float64 on small shapes, and every row with torch; what is wrong
is not timed, and the exit status is 1.

Bytes of a row: forward is one read of the logits; backward one read and one write; both two reads and one write. The
share is bytes per second over those of a copy of the same logits in the same run (one read, one write).
"""

from __future__ import annotations

import argparse
import sys
import time

import torch

import crossent
import gpu_checks
import gpu_table
from crossent.kernels import registry
from crossent.kernels.triton import version as triton_version
from gpu_rows import DEVICE, LINEAR, ROWS, TOY, toy


def main() -> int:
    """Check, time, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0], allow_abbrev=False)
    parser.add_argument("--toy", action="store_true", help="toy sizes (needs TRITON_INTERPRET=1 where there is no GPU)")
    parser.add_argument("--cases", default="", metavar="TEXT", help="only rows whose name holds this")
    parser.add_argument("--milliseconds", type=float, default=80.0, help="how long each figure is measured")
    options = parser.parse_args()
    if not TOY and not torch.cuda.is_available():
        parser.error("no GPU here: run TRITON_INTERPRET=1 python benchmarks/gpu.py --toy for the shape of the table")
    if TOY and not options.toy:
        parser.error("TRITON_INTERPRET=1 runs the kernels on the CPU, thousands of times slower: write --toy")
    if TOY:
        registry.use("triton")
    where = "Triton's interpreter, no GPU" if TOY else torch.cuda.get_device_name()
    print(f"{where}; torch {torch.__version__}, Triton {triton_version()}, Python {sys.version.split()[0]}")
    print(crossent.backends(), flush=True)
    started = time.perf_counter()
    wrong = gpu_checks.run(DEVICE)
    print(f"checks: {len(wrong)} wrong, {time.perf_counter() - started:.0f} s", flush=True)
    if wrong:
        print("\n".join(wrong))
        print("nothing is timed while something is wrong")
        return 1
    rows = [row for row in ROWS + LINEAR if options.cases in row.name]
    failed = gpu_table.run([toy(row) for row in rows] if options.toy else rows, options.milliseconds)
    print(f"{time.perf_counter() - started:.0f} s in all")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

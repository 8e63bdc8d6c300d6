"""Cross entropy of classes split over two gloo ranks of one thread each, beside torch's `loss_parallel`."""

from __future__ import annotations

import statistics
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
import torch.nn.functional as F
from torch import Tensor
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import DTensor, Shard
from torch.distributed.tensor.parallel import loss_parallel

from crossent import parallel
from crossent.bench import measure

RANKS = 2


def main(argv: Sequence[str] | None = None) -> None:
    """Print one line: medians of the rounds, the extra peak memory of a rank, and their ratios."""
    parser = ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--rows", type=int, default=2048)
    parser.add_argument("--classes", type=int, default=16_000, help="of each rank (default: 16000)")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        mp.spawn(_rank, (folder, options), nprocs=RANKS)


def _rank(rank: int, folder: str, options: Namespace) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/store", rank=rank, world_size=RANKS)
    noise = torch.Generator().manual_seed(rank)
    logits = torch.randn(options.rows, options.classes, generator=noise).to(getattr(torch, options.dtype))
    target = torch.arange(options.rows) * 7919 % (RANKS * options.classes)
    mesh = init_device_mesh("cpu", (RANKS,))

    def ours(z: Tensor) -> Tensor:
        loss = parallel.cross_entropy(z, target)
        loss.backward()
        return loss.detach()

    def torchs(z: Tensor) -> Tensor:
        with loss_parallel():
            loss: Any = F.cross_entropy(DTensor.from_local(z, mesh, [Shard(1)], run_check=False), target)
            loss.backward()
        return loss.detach().full_tensor()  # type: ignore[no-any-return]

    steps: dict[str, Callable[[], tuple[Tensor, Tensor | None]]] = {}
    for name, step in (("torch", torchs), ("crossent", ours)):
        steps[name] = lambda step=step: (step(leaf := logits.detach().requires_grad_()), leaf.grad)  # type: ignore[misc]
    (loss, grad), (other, other_grad) = (step() for step in steps.values())
    tolerance = 1e-5 if options.dtype == "float32" else 1e-2
    torch.testing.assert_close(loss, other, rtol=tolerance, atol=tolerance)
    torch.testing.assert_close(grad, other_grad, rtol=tolerance, atol=tolerance / options.rows)
    del grad, other_grad
    peaks = {name: measure.extra_peak_bytes(step) or 0 for name, step in steps.items()}
    seconds = {name: statistics.median(samples) for name, samples in _rounds(steps, options.rounds).items()}
    if rank == 0:
        print(f"({options.rows}, {RANKS} × {options.classes}) {options.dtype} ({measure.environment()})")
        for name in steps:
            print(f"{name:>9} {seconds[name] * 1e3:8.1f} ms {peaks[name] / 2**20:8.1f} MiB")
        time_ratio, memory = (each["crossent"] / each["torch"] for each in (seconds, peaks))
        print(f"crossent / torch: time {time_ratio:.2f}, extra peak memory {memory:.2f}")
    dist.barrier()
    dist.destroy_process_group()


def _rounds(steps: dict[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    samples: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            dist.barrier()
            start = time.perf_counter()
            step()
            samples[name].append(time.perf_counter() - start)
    return samples


if __name__ == "__main__":
    main()

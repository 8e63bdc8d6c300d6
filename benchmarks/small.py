"""Where torch's own composite stops being faster: microseconds of one forward and backward over the size of the logits.

The front of xent (options, checks, dispatch) is in both of its columns.
"""

from __future__ import annotations

import torch

import measure
import xent
from comparison import generator, step
from xent.ops import small

SHAPES = [(32, 10), (128, 10), (64, 100), (256, 32), (128, 128), (256, 100), (512, 100), (1024, 100)]


def main(rounds: int = 15, repeats: int = 50) -> None:
    """Print the table."""
    print(f"small softmax cross entropy, medians of {rounds} rounds ({measure.environment()})")
    print(f"{'shape':14} {'torch us':>10} {'xent, torch path us':>20} {'xent, kernels us':>18}")
    limit = small.SMALL
    for shape in SHAPES:
        logits = torch.randn(shape, generator=generator()).requires_grad_()
        tensors = (logits, torch.randint(shape[1], shape[:1], generator=generator()))

        def ours(small_below: int, tensors: tuple[torch.Tensor, ...] = tensors) -> None:
            small.SMALL = small_below
            for _ in range(repeats):
                step(xent.functional.cross_entropy, tensors, {})

        def theirs(tensors: tuple[torch.Tensor, ...] = tensors) -> None:
            for _ in range(repeats):
                step(torch.nn.functional.cross_entropy, tensors, {})

        time = measure.medians({"torch": theirs, "small": lambda: ours(2**62), "kernels": lambda: ours(0)}, rounds)
        micro = {name: seconds / repeats * 1e6 for name, seconds in time.items()}
        print(f"{shape!s:14} {micro['torch']:10.1f} {micro['small']:20.1f} {micro['kernels']:18.1f}", flush=True)
    small.SMALL = limit


if __name__ == "__main__":
    main()

"""Softmax cross entropy against torch eager, torch.compile and a copy of the logits.

The least that forward and backward can do is read the logits twice and write the gradient once; the unit is a copy (one
read and one write into fresh memory), timed in the same rounds.
"""

from __future__ import annotations

from collections.abc import Sequence

from crossent.bench import script
from crossent.bench.cases import Goal, softmax

GOALS = {
    softmax((4096, 32000)): Goal(time=0.30, memory=0.40),
    softmax((4096, 32000), "bfloat16"): Goal(time=0.38, memory=0.40),
    softmax((256, 128256), "bfloat16"): Goal(time=0.40, memory=0.40),
    softmax((1024, 1000)): Goal(time=0.45),
    softmax((65536, 100)): Goal(),
    softmax((4, 21, 512, 512)): Goal(time=0.40, memory=0.45),
    softmax((4, 21, 512, 512), channels_last=True): Goal(time=0.25, memory=0.45),
    softmax((1024, 1000), probabilities=True): Goal(time=0.30, memory=0.40),
    softmax((4096, 1000), smoothing=0.1, weighted=True): Goal(time=0.25, memory=0.40),
    softmax((4096, 32000), sampled=True): Goal(time=0.30, memory=0.40),
    softmax((4096, 32000), temperature=0.7): Goal(time=0.30, memory=0.40),
    # The gradient alone is one of the four to five tensors of the logits' size that torch's dense target takes.
    softmax((512, 128256), listed=20): Goal(time=0.10, memory=0.30),
    softmax((64, 1000)): Goal(time=1.0),
    softmax((32, 10)): Goal(time=1.1),
}


def main(argv: Sequence[str] | None = None) -> None:
    """Print the table."""
    script.run("softmax cross entropy", GOALS, argv)


if __name__ == "__main__":
    main()

"""Divergence from a teacher against the same composed of torch's operators.

The least that forward and backward can do is read both logits once and write the gradient once; the unit is a copy (one
read and one write), and the products of a linear layer, of which its teacher's head needs one more than three.
"""

from __future__ import annotations

from collections.abc import Sequence

from crossent.bench import script
from crossent.bench.cases import Goal, distilled, linear_distilled

GOALS = {
    distilled((4096, 32000)): Goal(time=0.40, memory=0.40),
    distilled((4096, 32000), temperature=2.0): Goal(time=0.40, memory=0.40),
    distilled((1024, 32000), "bfloat16", temperature=2.0): Goal(time=0.40, memory=0.40),
    distilled((1024, 1000)): Goal(time=0.40),
}
# (N, D, C)
LINEAR = {linear_distilled((2048, 1024, 32000), temperature=2.0): Goal(memory=0.25)}


def main(argv: Sequence[str] | None = None) -> None:
    """Print the tables."""
    script.run("distillation", GOALS, argv)
    script.run("linear distillation", LINEAR, argv, rounds=3, unit="3 products", compile=False)


if __name__ == "__main__":
    main()

"""Linear cross entropy against torch's default path (which builds the logits) and against its three matrix products.

The products alone are the limit: the goal is 1.07 of their time in float32, 1.15 in bfloat16.
"""

from __future__ import annotations

from collections.abc import Sequence

from crossent.bench import script
from crossent.bench.cases import Goal, linear

# (N, D, C)
GOALS = {
    linear((2048, 1024, 32000)): Goal(memory=0.25),
    linear((2048, 1024, 32000), "bfloat16"): Goal(memory=0.25),
    linear((1024, 512, 128256), "bfloat16"): Goal(),
    linear((1024, 512, 128256), listed=20): Goal(memory=0.10),
}


def main(argv: Sequence[str] | None = None) -> None:
    """Print the table."""
    script.run("linear cross entropy", GOALS, argv, rounds=3, unit="3 products", compile=False)


if __name__ == "__main__":
    main()

"""Linear cross entropy against torch's default path (which builds the logits) and against its three matrix products."""

from __future__ import annotations

from collections.abc import Sequence

from xent.bench import script
from xent.bench.cases import Goal, linear

# (N, D, C)
GOALS = {linear((2048, 256, 32000)): Goal()}


def main(argv: Sequence[str] | None = None) -> None:
    """Print the table."""
    script.run("linear cross entropy", GOALS, argv, rounds=3, unit="3 products", compile=False)


if __name__ == "__main__":
    main()

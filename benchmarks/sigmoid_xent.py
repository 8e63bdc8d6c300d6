"""Binary cross entropy of scores against torch eager, torch.compile and a copy of the scores (one read, one write)."""

from __future__ import annotations

from collections.abc import Sequence

from crossent.bench import script
from crossent.bench.cases import Goal, sigmoid

GOALS = {
    sigmoid((4096, 1000), weighted=True): Goal(time=0.13, memory=0.35),
    sigmoid((8, 1, 512, 512)): Goal(time=0.25, memory=0.40),
    sigmoid((4096, 4096)): Goal(),
    sigmoid((4096, 4096), "bfloat16"): Goal(),
}


def main(argv: Sequence[str] | None = None) -> None:
    """Print the table."""
    script.run("binary cross entropy with logits", GOALS, argv)


if __name__ == "__main__":
    main()

"""Log-probabilities of the targets, entropy and lse against the same composed of torch's operators.

The least that forward and backward can do is read the logits twice and write the gradient once; the unit is a copy.
"""

from __future__ import annotations

from collections.abc import Sequence

from crossent.bench import script
from crossent.bench.cases import Goal, logprobs

GOALS = {
    logprobs((4096, 32000)): Goal(time=0.30, memory=0.40),
    logprobs((4096, 32000), "bfloat16"): Goal(),
    logprobs((1024, 1000)): Goal(time=0.45),
}


def main(argv: Sequence[str] | None = None) -> None:
    """Print the table."""
    script.run("log-probabilities, entropy and lse", GOALS, argv)


if __name__ == "__main__":
    main()

"""Log-probabilities of the targets, entropy and lse against the same composed of torch's operators.

The least that forward and backward can do is read the logits twice and write the gradient once; the unit is a copy. In
the linear form it is three products, the goal 1.10 of them: where the budget of 144 MiB holds the logits and a block of
them, as in the first row; in the second it holds a third of them, and the other rows' are made again.
"""

from __future__ import annotations

from collections.abc import Sequence

from crossent.bench import script
from crossent.bench.cases import Goal, linear_logprobs, logprobs

GOALS = {
    logprobs((4096, 32000)): Goal(time=0.30, memory=0.40),
    logprobs((4096, 32000), "bfloat16"): Goal(),
    logprobs((1024, 1000)): Goal(time=0.45),
}
# (N, D, C)
LINEAR = {linear_logprobs((512, 1024, 32000)): Goal(), linear_logprobs((2048, 1024, 32000)): Goal()}


def main(argv: Sequence[str] | None = None) -> None:
    """Print the tables."""
    script.run("log-probabilities, entropy and lse", GOALS, argv)
    script.run("those of a linear layer", LINEAR, argv, rounds=3, unit="3 products", compile=False)


if __name__ == "__main__":
    main()

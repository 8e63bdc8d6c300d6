"""The size up to which torch's own composite is faster: microseconds of one forward and backward by number of logits.

The front of crossent (options, checks, dispatch) is in both of its columns.
"""

from __future__ import annotations

from functools import partial

from crossent.bench import measure
from crossent.bench.cases import softmax
from crossent.bench.problem import Problem, build, step
from crossent.ops import small

SHAPES = [(32, 10), (128, 10), (64, 100), (256, 32), (128, 128), (256, 100), (512, 100), (1024, 100)]


def main(rounds: int = 15) -> None:
    """Print the table."""
    print(f"small softmax cross entropy, medians of {rounds} rounds ({measure.environment()})")
    print(f"{'shape':14} {'torch us':>10} {'crossent, torch path us':>20} {'crossent, kernels us':>18}")
    limit = small.SMALL
    for shape in SHAPES:
        problem = build(softmax(shape))
        candidates = {
            "torch": partial(step, problem.loss("torch"), problem.tensors),
            "small": partial(_with_limit, 2**62, problem),
            "kernels": partial(_with_limit, 0, problem),
        }
        micro = {name: seconds * 1e6 for name, seconds in measure.medians(candidates, rounds).items()}
        print(f"{shape!s:14} {micro['torch']:10.1f} {micro['small']:20.1f} {micro['kernels']:18.1f}", flush=True)
    small.SMALL = limit


def _with_limit(limit: int, problem: Problem) -> None:
    small.SMALL = limit
    step(problem.loss("crossent"), problem.tensors)


if __name__ == "__main__":
    main()

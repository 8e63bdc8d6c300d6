"""Random instances of the tables of `cases`, for the properties that hold for all of them."""

from typing import Any

import hypothesis.strategies as st
import torch
from hypothesis import settings

from ..cases import DTYPES, INTEGERS, Sigmoid, Softmax

# Derandomised: the same examples on every machine and day. No deadline: machines are shared.
SETTINGS = settings(max_examples=60, deadline=None, derandomize=True, database=None)

dtypes = st.sampled_from(DTYPES)
seeds = st.integers(0, 999).map(str)
# 1 and 0 break shapes, so they come up; but not so often that most instances are empty.
sizes = st.sampled_from([3, 2, 4, 1, 5, 2, 3, 0])


@st.composite
def softmax_cases(draw: Any, **fixed: Any) -> Softmax:
    """A `Softmax` with any shape of up to 4 axes, any class axis, layout, target, and any mix of options."""
    target = fixed.pop("target", None) or draw(st.sampled_from([*INTEGERS, "int64", "int64", "probabilities"]))
    shape = draw(st.lists(sizes, min_size=1, max_size=4))
    dim = draw(st.integers(0, len(shape) - 1)) if len(shape) > 1 else 0
    shape[dim] = 2 if target == "bool" else draw(st.integers(1, 9))
    memories = ["contiguous", "sliced"] + ["transposed"] * (len(shape) > 1) + ["channels_last"] * (len(shape) == 4)
    can_ignore = target not in ("bool", "uint8", "probabilities", "one_hot")
    options = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "label_smoothing": st.sampled_from([0.0, 0.1, 1.0]),
                "smoothing_weight": st.sampled_from(["class", "target"]),
                "z_loss": st.sampled_from([0.0, 0.01]),
                "softcap": st.sampled_from([None, 2.0]),
                "on_empty": st.sampled_from(["nan", "zero"]),
                **({"ignore_index": st.sampled_from([-1, 0])} if can_ignore else {}),
            },
        )
    )
    given = {
        "name": draw(seeds),
        "why": "drawn",
        "shape": tuple(shape),
        "dim": dim - draw(st.sampled_from([0, len(shape)])) if len(shape) > 1 else 1,
        "target": target,
        "logits": draw(st.sampled_from(["normal", "normal", "dominant", "uniform", "masked"])),
        "memory": draw(st.sampled_from(memories)),
        "weighted": draw(st.booleans()),
        "ignored": draw(st.sampled_from(["none", "some", "all"] if can_ignore else ["none"])),
        "options": options,
    }
    return Softmax(**given | fixed | ({} if can_ignore else {"ignored": "none"}))


@st.composite
def sigmoid_cases(draw: Any, **fixed: Any) -> Sigmoid:
    """A `Sigmoid` with any shape of up to 4 axes, layout, target, weights that broadcast, and any mix of options."""
    shape = tuple(draw(st.lists(sizes, max_size=4)))
    weights = st.none() | st.integers(0, len(shape)).flatmap(
        lambda skip: st.tuples(*[st.sampled_from([1, n]) for n in shape[skip:]])
    )
    memories = ["contiguous", "sliced"] + ["transposed"] * (len(shape) > 1) + ["channels_last"] * (len(shape) == 4)
    options = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "label_smoothing": st.sampled_from([0.0, 0.1, 1.0]),
                "on_empty": st.sampled_from(["nan", "zero"]),
                "ignore_index": st.sampled_from([-1, float("nan")]),
            },
        )
    )
    given = {
        "name": draw(seeds),
        "why": "drawn",
        "shape": shape,
        "target": draw(st.sampled_from(["soft", "hard"])),
        "values": draw(st.sampled_from(["normal", "large", "uniform"])),
        "memory": draw(st.sampled_from(memories)),
        "weight": draw(weights),
        "pos_weight": draw(weights),
        "options": options,
    }
    return Sigmoid(**given | fixed)


def close(a: torch.Tensor, b: torch.Tensor) -> None:
    """Assert that two float64 results are one number computed in two ways."""
    torch.testing.assert_close(a.double(), b.double(), rtol=1e-11, atol=1e-12, equal_nan=True)

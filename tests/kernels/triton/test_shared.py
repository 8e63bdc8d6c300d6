"""Tests of other backends that hold for this one too, word for word."""

from ...functional.test_compile import fresh_compiler, pytestmark, test_marked_dynamic
from ...functional.test_empty_axes import test_as_torch, test_linear_as_torch, test_linear_binary
from ...ops.test_early import (
    _no_memory,
    test_a_guess_changes_no_bit,
    test_a_kept_graph_gives_the_same_again,
    test_float16_does_not_lose_small_gradients,
)
from ..cpu.test_labels import test_bool

__all__ = [
    "_no_memory",
    "fresh_compiler",
    "pytestmark",
    "test_a_guess_changes_no_bit",
    "test_a_kept_graph_gives_the_same_again",
    "test_as_torch",
    "test_bool",
    "test_float16_does_not_lose_small_gradients",
    "test_linear_as_torch",
    "test_linear_binary",
    "test_marked_dynamic",
]

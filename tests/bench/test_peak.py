"""Memory is measured in a process of its own, and that process says when it fails."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crossent.bench import peak
from crossent.bench.cases import Case, softmax
from crossent.bench.peak import PeakError, extra_peaks
from crossent.bench.problem import build


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_torch_holds_the_logits_three_times_more() -> None:
    """Log-probabilities, their gradient and that of the logits; ours at least the last."""
    case = softmax((2048, 1000))
    found = extra_peaks(case, build(case), "cpu")
    assert 2.9 <= found["torch"] / case.bytes <= 3.4
    assert 0.9 <= found["crossent"] / case.bytes <= found["torch"] / case.bytes


def test_what_is_too_small_to_tell_is_not_told() -> None:
    case = softmax((32, 10))
    assert extra_peaks(case, build(case), "cpu") == {}


def test_a_failed_process_is_an_error_that_quotes_it() -> None:
    expected = "the memory of crossent: the process that measures it ended with 1: KeyError: 'no_operator'"
    with pytest.raises(PeakError, match=re.escape(expected)):
        peak._in_fresh_process(Case("no_operator", (2, 2)), "crossent")

"""An exclusion that covers no sample, or a sample that passes, has to go."""

import pytest
import torch

from .exclusions import EXCLUSIONS, Exclusion
from .material import FLOATS, OTHERS, Case, cases, error_cases
from .sweep import failure_of


def _samples(entry: Exclusion) -> list[Case]:
    if entry.check == "error":
        found = list(error_cases(entry.name, torch.float32))
    else:
        dtypes = FLOATS + OTHERS if entry.name == "log_softmax.with_dtype" else FLOATS
        found = [case for dtype in dtypes for case in cases(entry.name, dtype)]
    return [case for case in found if entry.covers(entry.check, case)]


@pytest.mark.parametrize("entry", EXCLUSIONS, ids=lambda entry: f"{entry.check}-{entry.name}")
def test_exclusion_is_needed(entry: Exclusion) -> None:
    samples = _samples(entry)
    assert samples, "no sample has this id"
    passing = [case.id for case in samples if failure_of(entry.check, case) is None]
    assert not passing, "these samples pass, so the entry must not cover them"


def test_every_exclusion_gives_its_reason() -> None:
    for entry in EXCLUSIONS:
        assert entry.reason.endswith("."), entry

"""Run one check over all samples of one entry, and name those that fail."""

from collections.abc import Iterable

import pytest

from .checks import CHECKS
from .exclusions import EXCLUSIONS
from .material import Case


def failure_of(check: str, case: Case) -> str | None:
    """The complaint of `check` about this sample; None where it passes."""
    try:
        CHECKS[check](case)
    except Exception as error:
        return " ".join(f"{type(error).__name__}: {error}".split())
    return None


def sweep(check: str, samples: Iterable[Case]) -> None:
    """Fail with the id and the message of each sample that is not excluded and does not pass `check`."""
    samples = [x for x in samples if not any(entry.covers(check, x) for entry in EXCLUSIONS)]
    failures = {case.id: failure_of(check, case) for case in samples}
    failures = {name: text for name, text in failures.items() if text is not None}
    if failures:
        lines = "\n".join(f"    {name}\n        {text[:400]}" for name, text in failures.items())
        pytest.fail(f"{check}: {len(failures)} of {len(samples)} samples fail\n{lines}", pytrace=False)

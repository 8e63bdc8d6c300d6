"""Which backend the tests run: the same assertions once per backend that has kernels.

A conftest says `backend = each("aten", "cpu")`; a module whose tests no backend can change says
`from ..backend import best as backend`, and they run once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from crossent.kernels import cpu, registry

BOTH = ("aten", "cpu")
# Of this processor and this build; a test that wants them is skipped where there are none.
INSTRUCTION_SETS = tuple(cpu.instruction_sets()) or ("cpu",)


@contextmanager
def running(backend: str) -> Iterator[None]:
    """The kernels of this backend or instruction set; "" is what users get."""
    if backend not in ("", "aten", "triton") and (absence := cpu.absence()) is not None:
        pytest.skip(absence)
    previous = registry.use(backend)
    try:
        yield
    finally:
        registry.use(previous)


def each(*backends: str) -> Any:
    """A fixture that has every test run once per backend."""

    @pytest.fixture(autouse=True, scope="module", params=backends)
    def backend(request: pytest.FixtureRequest) -> Iterator[str]:
        with running(request.param):
            yield request.param

    return backend


@pytest.fixture(autouse=True, scope="module")
def best() -> Iterator[str]:
    """Test once, with the backend that users get."""
    with running(""):
        yield ""

"""Settings under which the mathematics is tested."""

from collections.abc import Iterator

import pytest

from crossent.ops import small

from ..backend import BOTH, each

backend = each(*BOTH)


@pytest.fixture(autouse=True, scope="module")
def kernels_only() -> Iterator[None]:
    """No input is too small for a kernel here; what torch's own composite serves is tested in ops/test_small.py."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(small, "SMALL", 0)
        yield

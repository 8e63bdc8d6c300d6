"""Settings under which torch's material is run."""

from collections.abc import Iterator

import pytest

from crossent.ops import small

from ..backend import running


@pytest.fixture(autouse=True, scope="module")
def path(request: pytest.FixtureRequest) -> Iterator[str]:
    """The backend: "users" is the one they get for inputs of this size, otherwise one that takes all sizes."""
    name = getattr(request, "param", "users")
    with pytest.MonkeyPatch.context() as patch, running("" if name == "users" else name):
        if name != "users":
            patch.setattr(small, "SMALL", 0)
        yield name

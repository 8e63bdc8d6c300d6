"""Settings under which the operators are tested."""

from ..functional.conftest import backend

__all__ = ["backend"]

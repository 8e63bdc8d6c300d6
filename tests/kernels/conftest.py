"""Settings under which the kernels are tested."""

from ..functional.conftest import kernels_only

__all__ = ["kernels_only"]

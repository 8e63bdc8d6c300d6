"""Settings under which the kernels are tested."""

from ..functional.conftest import backend, kernels_only

__all__ = ["backend", "kernels_only"]

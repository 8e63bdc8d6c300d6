"""Settings under which every test runs."""

import os
import warnings

# Before anything imports Triton, torch's compiler included: its interpreter runs the GPU kernels here (kernels/triton).
os.environ["TRITON_INTERPRET"] = "1"

import pytest
import torch

from crossent.cli import memory

# Commands run in this process, whose other tests weigh memory: it is not theirs to keep.
memory._SIZES.clear()


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    """Tensors here are small: a second thread only waits, and on a busy machine it waits a hundred times longer."""
    torch.set_num_threads(1)


@pytest.fixture(autouse=True, scope="session")
def _forward_mode_loaded() -> None:
    """The first forward-mode call imports rules that torch still scripts with its own deprecated torch.jit.script."""
    with warnings.catch_warnings():
        # A DeprecationWarning in torch 2.13, a FutureWarning in 2.14; the text goes on in different words.
        warnings.filterwarnings("ignore", "`torch.jit.script` is")
        import torch._decomp.decompositions_for_jvp  # noqa: F401

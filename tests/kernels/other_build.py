"""A pytest plugin: the tests run the compiled kernels of another build than the installed one.

CROSSENT_KERNELS=build/sanitize python -m pytest -p tests.kernels.other_build tests/kernels/cpu tests/functional
"""

import importlib.util
import os
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

# First, as in crossent.kernels.cpu: its OpenMP library is the one that the kernels share.
import torch  # noqa: F401

NAME = "crossent.kernels.cpu._kernels"


def _load() -> Path:
    """Put the module of the other build in the place of the installed one."""
    folder = Path(os.environ["CROSSENT_KERNELS"])
    (file,) = (path for path in folder.glob("_kernels*") if path.name.endswith(tuple(EXTENSION_SUFFIXES)))
    spec = importlib.util.spec_from_file_location(NAME, file)
    assert spec is not None
    assert spec.loader is not None
    assert "crossent.kernels" not in sys.modules, "too late: the installed kernels are loaded"
    sys.modules[NAME] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[NAME])
    return file.resolve()


FILE = _load()

# After the kernels are in place. Tests of the mathematics run every instruction set of this build, and not plain torch,
# of which nothing is in it.
from .. import backend  # noqa: E402

backend.BOTH = backend.INSTRUCTION_SETS


def pytest_report_header() -> str:
    """Say which build is tested, after making sure that it is."""
    from crossent.kernels import cpu

    assert Path(cpu._kernels.__file__).resolve() == FILE
    return f"compiled kernels: {FILE}"

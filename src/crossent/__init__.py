"""crossent: exact, fast classification losses for PyTorch that say what is wrong, and a training system on top.

Every public name is loaded at first use, so that `import crossent` and `crossent --help` cost nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"

_HOME = {
    "CrossEntropyLoss": "modules",
    "NLLLoss": "modules",
    "LogSoftmax": "modules",
    "BCEWithLogitsLoss": "modules",
    "BCELoss": "modules",
    "DistillationLoss": "modules",
    "LinearBinaryCrossEntropyLoss": "modules",
    "LinearCrossEntropyLoss": "modules",
    "LinearDistillationLoss": "modules",
    "LinearOptions": "core.linear_options",
    "Stats": "core.stats",
    "TokenLogprobs": "core.stats",
    "class_weights": "weights",
    "pos_weights": "weights",
    "load": "train",
    "patch": "patching",
    "unpatch": "patching",
    "patched": "patching",
    "backends": "kernels.registry",
    "check": "kernels.pending",
}
_SUBPACKAGES = ("functional", "parallel", "train", "doctor", "sklearn")

__all__ = [
    *_HOME,
    "functional",
]


def __getattr__(name: str) -> Any:
    if name in _SUBPACKAGES:
        return import_module(f"{__name__}.{name}")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def load_ipython_extension(shell: Any) -> None:
    """Do what `%load_ext crossent` does: register `%%crossent_doctor`."""
    import_module(f"{__name__}.doctor.notebook").load(shell)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME, *_SUBPACKAGES})


if TYPE_CHECKING:
    from . import functional as functional
    from . import parallel as parallel
    from .core.linear_options import LinearOptions as LinearOptions
    from .core.stats import Stats as Stats
    from .core.stats import TokenLogprobs as TokenLogprobs
    from .kernels.pending import check as check
    from .kernels.registry import backends as backends
    from .modules import BCELoss as BCELoss
    from .modules import BCEWithLogitsLoss as BCEWithLogitsLoss
    from .modules import CrossEntropyLoss as CrossEntropyLoss
    from .modules import DistillationLoss as DistillationLoss
    from .modules import LinearBinaryCrossEntropyLoss as LinearBinaryCrossEntropyLoss
    from .modules import LinearCrossEntropyLoss as LinearCrossEntropyLoss
    from .modules import LinearDistillationLoss as LinearDistillationLoss
    from .modules import LogSoftmax as LogSoftmax
    from .modules import NLLLoss as NLLLoss
    from .patching import patch as patch
    from .patching import patched as patched
    from .patching import unpatch as unpatch
    from .train import load as load
    from .weights import class_weights as class_weights
    from .weights import pos_weights as pos_weights

"""The packages of each extra, and one sentence for all that miss one."""

from __future__ import annotations

from importlib.util import find_spec

_PREDICT = {
    "yaml": "pyyaml",
    "rich": "rich",
    "safetensors": "safetensors",
    "numpy": "numpy",
    "pyarrow": "pyarrow",
    "PIL": "pillow",
    "tokenizers": "tokenizers",
}
# Extra -> import name -> distribution, as in pyproject.toml.
EXTRAS = {
    "predict": _PREDICT,
    "train": {
        **_PREDICT,
        "lightning_fabric": "lightning-fabric",
        "filelock": "filelock",
        "sklearn": "scikit-learn",
        "tensorboard": "tensorboard",
        "jinja2": "jinja2",
        "matplotlib": "matplotlib",
    },
    "export": {"onnx": "onnx", "onnxruntime": "onnxruntime", "onnxscript": "onnxscript"},
    "excel": {"openpyxl": "openpyxl"},
    "sql": {"sqlalchemy": "sqlalchemy", "psycopg": "psycopg"},
    "hf": {"transformers": "transformers"},
    "timm": {"timm": "timm"},
    "mlflow": {"mlflow": "mlflow"},
    "bench": {"matplotlib": "matplotlib"},
}
# A training does without them: --logger says what it needs, and a report that cannot be drawn says so; and not every
# database is PostgreSQL.
_SPARED = {"train": ("tensorboard", "matplotlib"), "sql": ("psycopg",)}


class MissingPackageError(ModuleNotFoundError):
    """Packages of an extra are not installed; the text says which, and what to write."""


def require(extra: str) -> None:
    """Make sure that what an extra cannot do without is installed.

    Raises:
        MissingPackageError: it is not.
    """
    names = [name for name in EXTRAS[extra] if name not in _SPARED.get(extra, ()) and find_spec(name) is None]
    if names:
        text = f'{", ".join(names)} not installed; write: pip install "crossent[{extra}]"'
        raise MissingPackageError(text, name=names[0])

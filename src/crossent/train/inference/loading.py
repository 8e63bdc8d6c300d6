"""From a folder to the run in it."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from ...printable import in_shell
from ..config.names import consent
from ..errors import RunError
from ..state.folder import read_config_file
from .folded import FoldedRun, fold_folders
from .parts import load_weights
from .places import run_folder
from .run import Run

_PARTS = {"schema": "how its data are read", "model.json": "which model it is", "best": "its best weights"}


def load_run(folder: Path | str, model: nn.Module | str | None = None, *, trust_code: bool = False) -> Run:
    """The run in a folder, which predicts; also `crossent.load`. It needs the extra crossent[predict] alone.

    Args:
        folder: as `crossent fit` has written it.
        model: built as for the training, where it was given as an object; or the import path that the folder names,
            which may then run.
        trust_code: let the folder name a model by an import path, which is imported and run, and a database, which is
            connected to. A folder is data: without this, or `model`, nothing that it names is executed.

    Raises:
        RunError: it is no folder of a run, or a part of it is missing.

    Example::

        >>> import crossent
        >>> from tempfile import TemporaryDirectory
        >>> from rich.console import Console
        >>> with TemporaryDirectory() as out:
        ...     _ = crossent.train.fit(data="wine", epochs=5, out=out, name="x", console=Console(quiet=True))
        ...     run = crossent.load(f"{out}/x")
        ...     run.classes, run.predict_proba([[13.0] * 13]).shape
        (('class_0', 'class_1', 'class_2'), (1, 3))
    """
    path = run_folder(folder)
    folds = read_config_file(path / "config.yaml").folds
    for part, name, what in _parts(path, folds):
        if not (part / name).exists():
            raise RunError(
                f"{part} is not whole: {name} is missing ({what}). "
                f"If its training was interrupted: crossent fit --resume {in_shell(path)}"
            )
    allowed, module = consent(trust_code, (model,)), model if isinstance(model, nn.Module) else None
    if folds is not None:
        return FoldedRun(path, model=module, consent=allowed)
    if module is not None:
        load_weights(path, module)
    return Run(path, model=module, consent=allowed)


def _parts(path: Path, folds: int | None) -> list[tuple[Path, str, str]]:
    """The files that a run must have, and of a cross-validation each of its runs."""
    folders = [path] if folds is None else fold_folders(path, folds)
    return [(folder, name, what) for folder in folders for name, what in _PARTS.items()]

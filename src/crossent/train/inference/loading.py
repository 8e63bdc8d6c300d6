"""From a folder to the run in it, and what to say of a folder that holds none."""

from __future__ import annotations

import difflib
from pathlib import Path

from torch import nn

from ..config.names import consent
from ..errors import RunError
from ..state.folder import read_config_file
from .folded import FoldedRun, fold_folders
from .parts import load_best
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
    path = Path(folder)
    if not path.is_dir():
        raise RunError(f"there is no folder {str(folder)!r}{_near(path)}")
    if not (path / "config.yaml").exists():
        runs = sorted((item.parent for item in path.glob("*/config.yaml")), key=lambda item: item.stat().st_mtime)
        hint = f"; it holds runs, the newest is {runs[-1]}" if runs else ": there is no config.yaml in it"
        raise RunError(f"{str(folder)!r} is not the folder of a run{hint}")
    folds = read_config_file(path / "config.yaml").folds
    for part, name, what in _parts(path, folds):
        if not (part / name).exists():
            raise RunError(
                f"{part} is not whole: {name} is missing ({what}). "
                f"If its training was interrupted: crossent fit --resume {path}"
            )
    allowed, module = consent(trust_code, (model,)), model if isinstance(model, nn.Module) else None
    if folds is not None:
        return FoldedRun(path, model=module, consent=allowed)
    if module is not None:
        load_best(path, module)
    return Run(path, model=module, consent=allowed)


def _parts(path: Path, folds: int | None) -> list[tuple[Path, str, str]]:
    """The files that a run must have, and of a cross-validation each of its runs."""
    folders = [path] if folds is None else fold_folders(path, folds)
    return [(folder, name, what) for folder in folders for name, what in _PARTS.items()]


def _near(path: Path) -> str:
    try:
        siblings = [item.name for item in path.parent.iterdir() if (item / "config.yaml").exists()]
        inside = [item.name for item in Path("runs").iterdir()] if Path("runs").is_dir() else []
    except OSError:
        return ""
    if path.name in inside:
        return f"; did you mean {Path('runs') / path.name}?"
    near = difflib.get_close_matches(path.name, siblings, n=1, cutoff=0.4)
    return f"; did you mean {path.parent / near[0]}?" if near else ""

"""Data that changed after a training: noticed before anything is trained on or measured with them, and named."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.utils import Bunch
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from crossent.train import fit
from crossent.train.data import Schema, from_python
from crossent.train.data.split import Begun
from crossent.train.errors import RunError
from crossent.train.fitting import fit as fitting
from crossent.train.inference.loading import load_run
from crossent.train.report.findings import Report
from crossent.train.state.manifest import read_json

from ..train.conftest import QUIET
from ..train.made import Made
from ..train.made import made as made


def edited(change: Callable[[str], str]) -> Callable[[Path], None]:
    return lambda path: path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8") and None


def scaled(text: str) -> str:
    """The first column ten times as large."""
    head, *rows = text.splitlines()
    return "\n".join([head, *(f"{float(row.partition(',')[0]) * 10},{row.partition(',')[2]}" for row in rows)])


def upside_down(name: str) -> Callable[[Path], None]:
    """The same pixels in other places."""

    def change(folder: Path) -> None:
        path = folder / name
        before = path.stat()
        Image.fromarray(np.flipud(np.asarray(Image.open(path)))).save(path)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))

    return change


CHANGES: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "word": ("text", edited(lambda text: text.replace("lovely", "lousy", 1)), "values of column 'review' are others"),
    "label": ("text", edited(lambda text: text.replace(",good", ",bad", 1)), "values of column 'label' are others"),
    "row gone": ("text", edited(lambda text: text[: text.rindex("0239,")]), "1 rows are gone (480)"),
    "column": ("multilabel", edited(scaled), "values of column 'a' are others"),
    "name": ("multilabel", edited(lambda text: text.replace("a,b", "z,b", 1)), "there is no column 'a'"),
    "pixels": ("image", upside_down("<dark>/03.png"), "values of <dark>/03.png are others"),
    "image gone": ("image", lambda folder: (folder / "<dark>/03.png").unlink(), "1 rows are gone (<dark>/03.png)"),
    "other class": (
        "image",
        lambda folder: (folder / "<dark>/03.png").rename(folder / '"light"/99.png'),
        '1 rows are gone (<dark>/03.png) and 1 rows are new ("light"/99.png)',
    ),
    "mask": ("segmentation", upside_down("masks/03.png"), "values of mask of images/03.png are others"),
}


def moved(made: Made, folder: Path) -> tuple[Path, Path]:
    """A run and its data, beside each other as they were, in another place."""
    source = Path(made.source)
    copy = shutil.copytree if source.is_dir() else shutil.copy2
    copy(source, folder / source.name)
    return Path(shutil.copytree(made.folder, folder / made.folder.name)), folder / source.name


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_named(made: Callable[[str], Made], tmp_path: Path, name: str) -> None:
    task, change, named = CHANGES[name]
    run, source = moved(made(task), tmp_path)
    change(source)
    with pytest.raises(RunError) as caught:
        load_run(run).evaluate()
    text = str(caught.value)
    assert text.startswith(f"the data are not those that the run in {run} was started with: ")
    assert text.endswith(". Name the same data (--data.source), or start a new run")
    assert named in text, text
    with pytest.raises(RunError, match=re.escape(text)):
        fit(resume=run, console=QUIET)


@pytest.mark.parametrize("task", ["text", "image", "segmentation"])
def test_the_same_values_are_the_same_wherever_and_whenever(
    made: Callable[[str], Made], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, task: str
) -> None:
    run, source = moved(made(task), tmp_path)
    for path in [source, *source.rglob("*.png")]:
        os.utime(path, (0, 0))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert load_run(run).evaluate().to_json() == made(task).report.scores.to_json()  # type: ignore[union-attr]


def test_a_run_goes_on_with_data_in_another_place(
    made: Callable[[str], Made], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "finish", lambda folder, task, *args, **kwargs: Report(task))
    run, source = moved(made("multilabel"), tmp_path)
    (tmp_path / "sub").mkdir()
    other = source.rename(tmp_path / "sub" / "other.csv")
    monkeypatch.chdir(tmp_path)
    fit(resume=run, console=QUIET, epochs=5, **{"data.source": "sub/other.csv"})
    place = read_json(run / "data.json")["places"]["source"]
    assert place == {"named": "sub/other.csv", "absolute": str(other), "relative": "../sub/other.csv"}
    monkeypatch.chdir(tmp_path / "sub")
    assert load_run(run).data().train.ids[0].startswith("other.csv:")


def test_a_resumed_run_keeps_its_own_normalisation() -> None:
    x, y = torch.randn(60, 3, generator=torch.Generator().manual_seed(0)), torch.arange(60) % 2
    first = from_python((x, y))
    split = {name: getattr(first, name).ids for name in ("train", "val", "test")}
    assert from_python((x * 7 + 1, y), seed=5, begun=Begun(first.schema, split)).schema == first.schema


def test_data_from_python_are_compared_unless_a_loader_makes_them_anew(tmp_path: Path) -> None:
    x, y = torch.randn(60, 3, generator=torch.Generator().manual_seed(0)), torch.arange(60) % 2
    settings = {"epochs": 1, "logger": "none", "accelerator": "cpu", "out": str(tmp_path), "console": QUIET}
    run = fit("mlp", (x, y), **settings)
    with pytest.raises(RunError, match="the values of column 'x1' are others"):
        fit(data=(x * torch.tensor([1.0, 2.0, 1.0]), y), resume=run.folder, console=QUIET)
    assert Schema.load(run.folder / "schema") == from_python((x, y)).schema

    def loaders() -> dict[str, DataLoader[tuple[Tensor, ...]]]:
        def joined(samples: list[tuple[Tensor, ...]]) -> tuple[Tensor, ...]:
            return tuple(map(torch.stack, zip(*samples, strict=True)))

        made = TensorDataset(x, y)
        return {part: DataLoader(made, 8, shuffle=True, collate_fn=joined) for part in ("train", "val")}

    model = torch.nn.Linear(3, 2)
    again = fit(model, loaders(), **settings)
    fit(model, loaders(), resume=again.folder, epochs=2, console=QUIET)


@pytest.mark.parametrize("kind", ["arrays", "texts"])
@pytest.mark.parametrize(("before", "now"), [(2.0, 3.0), (2.0, None), (None, 3.0)])
def test_other_weights_of_the_same_rows_are_noticed(
    tmp_path: Path, kind: str, before: float | None, now: float | None
) -> None:
    y = np.arange(60) % 2
    numbers = np.random.default_rng(0).normal(size=(60, 3))
    x = numbers if kind == "arrays" else [f"text {number} of {label}" for number, label in enumerate(y)]

    def weighted(factor: float | None) -> Bunch:
        weights = {} if factor is None else {"sample_weight": np.where(y, factor, 1.0)}
        return Bunch(data=x, target=y, **weights)

    settings = {"epochs": 1, "logger": "none", "accelerator": "cpu", "out": str(tmp_path), "console": QUIET}
    run = fit(data=weighted(before), **settings)
    with pytest.raises(RunError, match="the values of sample_weight are others"):
        fit(data=weighted(now), resume=run.folder, epochs=2, console=QUIET)
    fit(data=weighted(before), resume=run.folder, epochs=2, console=QUIET)

"""A small run for the commands that take one up."""

from __future__ import annotations

from pathlib import Path

from crossent.train.data import DataConfig

from ..train import sources
from ..train.runs import trained


def reviews_run(folder: Path) -> Path:
    """Texts of three classes in `folder`, with a run trained on them in runs/first-try; returns the folder."""
    source = sources.reviews(folder / "reviews.csv")
    trained(folder / "runs" / "first-try", DataConfig(str(source), text="review", drop="id"), epochs=3)
    sources.reviews(folder / "new.csv", rows=7, labelled=False)
    return folder

"""Small runs, trained by hand in a second, in folders as `xent fit` writes them."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import torch

from xent.train.checkpoint import Checkpoints
from xent.train.config import FitConfig
from xent.train.data import DataConfig, load
from xent.train.finish import Report, finish
from xent.train.folder import RunFolder
from xent.train.models import build, default_model
from xent.train.objective import make_task
from xent.train.packing import model_tensors
from xent.train.passes import quick
from xent.train.preparing import named


def trained(
    folder: Path, data: DataConfig, epochs: int = 2, lr: float = 3e-3, end: bool = True, **settings: Any
) -> Report | None:
    """Train the default model of some data, and finish the run; returns its report."""
    torch.manual_seed(0)
    config = FitConfig(data=data, **settings)
    parts = load(data, config.seed)
    config = named(config, parts.schema)
    model = build(default_model(parts.schema), parts.schema, **config.model.kwargs)
    task = make_task(parts.schema, config.loss, parts.train, (parts.val, parts.test))
    folder.mkdir(parents=True, exist_ok=True)
    RunFolder(folder).write_start(config, parts, model, given=False)
    optimizer = torch.optim.Adam(model.parameters(), lr)
    rows = []
    for epoch in range(1, epochs + 1):
        for picked in torch.randperm(len(parts.train)).split(64):
            step = task(model, *parts.train.batch(picked))
            optimizer.zero_grad()
            (step.loss / step.weight).backward()
            optimizer.step()
        found = quick(task, model, parts.val, 256)
        figures = {f"val_{name}": value for name, value in found.metrics.items()}
        row = {"step": epoch, "epoch": float(epoch), "train_loss": found.loss, "val_loss": found.loss, **figures}
        rows.append({**row, "lr": lr, "seconds": 1.0, "best": 1})
    with open(folder / "history.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    Checkpoints(folder).save_best(model_tensors(model), {"step": epochs})
    return finish(folder, task, model, parts, closing="Stopped by the test.", batch_size=256) if end else None

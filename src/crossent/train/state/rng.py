"""The random generators that a training draws from: seeded, and kept in checkpoints."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch


def seed_all(seed: int) -> None:
    """Seed torch (every device), Python and NumPy."""
    torch.manual_seed(seed)
    random.seed(seed)
    # The global generator is meant: it is what data sets and models of users draw from.
    np.random.seed(seed % 2**32)  # noqa: NPY002


def rng_state() -> dict[str, Any]:
    """The state of all of them."""
    version, numbers, gauss_next = random.getstate()
    name, keys, place, has_gauss, gauss = np.random.get_state()  # noqa: NPY002
    state: dict[str, Any] = {
        "torch": torch.get_rng_state(),
        "python": (version, torch.tensor(numbers), gauss_next),
        "numpy": (str(name), torch.from_numpy(np.asarray(keys).astype(np.int64)), place, has_gauss, gauss),
    }
    if torch.cuda.is_available():
        state["cuda"] = torch.cuda.get_rng_state()
    return state


def set_rng_state(state: dict[str, Any]) -> None:
    """Go on from a state."""
    torch.set_rng_state(state["torch"].cpu())
    version, numbers, gauss_next = state["python"]
    random.setstate((version, tuple(numbers.tolist()), gauss_next))
    name, keys, place, has_gauss, gauss = state["numpy"]
    np.random.set_state((name, keys.numpy().astype(np.uint32), place, has_gauss, gauss))  # noqa: NPY002
    if "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state(state["cuda"].cpu())


@contextmanager
def rng_kept() -> Iterator[None]:
    """Keep the random generators: work inside draws no number that the training would have drawn."""
    state = rng_state()
    try:
        yield
    finally:
        set_rng_state(state)

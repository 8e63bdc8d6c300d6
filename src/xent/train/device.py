"""Where and in which number format a run computes: Lightning Fabric, started quietly."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from lightning_fabric import Fabric

from .config import FitConfig, SettingError


def start_fabric(config: FitConfig) -> Fabric:
    """Fabric on one device.

    Raises:
        SettingError: this machine has no such device, or the device has no such precision.
    """
    # What it announces (the precision it chose, hints) is no news to who chose it.
    logging.getLogger("lightning_fabric").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        # Where Fabric would go on with another precision than the one asked for, it warns.
        warnings.filterwarnings("error", message="You passed `Fabric", category=UserWarning)
        try:
            return Fabric(accelerator=config.accelerator, devices=1, precision=config.precision)
        except UserWarning:
            raise SettingError("precision", "one that this device has", config.precision, "bf16-mixed") from None
        except RuntimeError as error:
            expected = f"a device of this machine ({error})"
            raise SettingError("accelerator", expected, config.accelerator, "auto") from None


@contextmanager
def cpu_threads(count: int) -> Iterator[None]:
    """Let torch use this many CPU threads per operation, or its own choice for 0, and restore the number."""
    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)

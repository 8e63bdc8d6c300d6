"""Derivatives of every order and mode, by finite differences in float64; and torch.func.vmap."""

import pytest
import torch

from .material import cases
from .subject import FUNCTIONS, SUBJECTS, over
from .sweep import sweep


@over(SUBJECTS)
@pytest.mark.parametrize("check", ["gradcheck", "gradgradcheck"])
def test_derivatives(check: str, name: str) -> None:
    sweep(check, cases(name, torch.float64))


@over(FUNCTIONS)
def test_vmap(name: str) -> None:
    sweep("vmapped", cases(name, torch.float64))

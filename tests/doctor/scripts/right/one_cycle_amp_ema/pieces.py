"""What main.py puts together."""
from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import nn


@dataclass
class Config:
    seed: int = 0
    lr: float = 1e-2
    epochs: int = 3
    steps: int = 6
    classes: int = 5
    decay: float = 0.8


def build(cfg):
    return nn.Sequential(nn.Linear(10, 32), nn.BatchNorm1d(32), nn.SiLU(), nn.Dropout(0.1), nn.Linear(32, cfg.classes))


def loader(cfg, steps):
    for _ in range(steps):
        x = torch.randn(32, 10)
        yield x, x[:, : cfg.classes].argmax(1)


class Ema:
    def __init__(self, model, decay):
        self.module, self.decay = deepcopy(model).requires_grad_(False), decay

    @torch.no_grad()
    def update(self, model):
        for mine, theirs in zip(self.module.state_dict().values(), model.state_dict().values()):
            if mine.is_floating_point():
                mine.lerp_(theirs, 1 - self.decay)
            else:
                mine.copy_(theirs)

"""Unlabelled points are -1 and nobody set ignore_index."""
# exit: 1
from dataclasses import dataclass

import torch
from torch import nn


@dataclass
class Config:
    classes: int = 4
    lr: float = 0.05
    steps: int = 10


def sample(cfg: Config) -> tuple[torch.Tensor, torch.Tensor]:
    points = torch.randn(64, 3)
    labels = torch.randint(cfg.classes, (64,))
    labels[torch.rand(64) < 0.1] = -1
    return points, labels


def main(cfg: Config) -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, cfg.classes))
    opt = torch.optim.SGD(net.parameters(), lr=cfg.lr)
    for _ in range(cfg.steps):
        points, labels = sample(cfg)
        loss = nn.CrossEntropyLoss()(net(points), labels)  # finding: target-out-of-range
        opt.zero_grad()
        loss.backward()
        opt.step()


main(Config())

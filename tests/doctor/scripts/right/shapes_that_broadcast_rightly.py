# Shapes that differ and are right: one target for all members of an ensemble, a constant, distances of all pairs, a
# contrast of all predictions with each other, one row.
import warnings

import torch
import torch.nn.functional as F
from torch import nn

warnings.simplefilter("ignore")
torch.manual_seed(0)
x = torch.randn(48, 6)
y = x.sum(1)
members, one = nn.Linear(6, 4), nn.Linear(6, 1)
optimizer = torch.optim.Adam([*members.parameters(), *one.parameters()], lr=1e-2)


def ensemble(x, y):
    return F.mse_loss(members(x), y[:, None])


def towards_a_constant(x, y):
    return F.l1_loss(one(x), torch.ones(()))


def all_pairs(x, y):
    return ((one(x) - y[None]) ** 2).min(1)[0].mean()


def ranking(x, y):
    scores = one(x).squeeze(1)
    return F.softplus(scores[None] - scores[:, None]).mean() + (scores - y).abs().mean()


def crps(x, y):
    samples = members(x)
    return (samples - y[:, None]).abs().mean() - (samples[:, :, None] - samples[:, None]).abs().mean() / 2


def one_row(x, y):
    return ((one(x[:1]) - y[:1]) ** 2).mean()


for way in (ensemble, towards_a_constant, all_pairs, ranking, crps, one_row):
    for rows in torch.randperm(48).split(12):
        optimizer.zero_grad()
        loss = way(x[rows], y[rows])
        loss.backward()
        optimizer.step()
    print(way.__name__, loss.item())

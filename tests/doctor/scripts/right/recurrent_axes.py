# Axes of recurrent layers and attention that are right: time first and transposed, one label for every step of a single
# sequence, a label per step and row, both directions joined by cat, the rows of a batch as one sequence on purpose.
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(60, 8, 5)
y = (x[:, 0].sum(1) > 0).long()
each = (x.sum(2) > 0).long()
first, both, out = nn.LSTM(5, 6, batch_first=True), nn.GRU(5, 3, bidirectional=True), nn.Linear(6, 2)
wide, attention = nn.Linear(5, 6), nn.MultiheadAttention(6, 2)
layers = nn.ModuleList([first, both, out, wide, attention])
optimizer = torch.optim.Adam(layers.parameters(), lr=1e-2)


def last_step(rows):
    return F.cross_entropy(out(first(x[rows])[0][:, -1]), y[rows])


def time_first(rows):
    return F.cross_entropy(out(both(x[rows].transpose(0, 1))[0][-1]), y[rows])


def joined(rows):
    _, states = both(x[rows].transpose(0, 1))
    return F.cross_entropy(out(torch.cat([states[0], states[1]], 1)), y[rows])


def by_permute(rows):
    _, states = both(x[rows].transpose(0, 1))
    return F.cross_entropy(out(states.permute(1, 0, 2).reshape(len(rows), -1)), y[rows])


def one_sequence(rows):
    return F.cross_entropy(out(both(x[rows[:1]].transpose(0, 1))[0]).squeeze(1), each[rows[0]])


def every_step(rows):
    return F.cross_entropy(out(both(x[rows].transpose(0, 1))[0]).flatten(0, 1), each[rows].t().flatten())


def attended(rows):
    steps = wide(x[rows]).transpose(0, 1)
    return F.cross_entropy(out(attention(steps, steps, steps)[0].mean(0)), y[rows])


def between_rows(rows):
    batch = wide(x[rows].mean(1)).unsqueeze(1)
    return F.cross_entropy(out(attention(batch, batch, batch)[0].squeeze(1)), y[rows])


for way in (last_step, time_first, joined, by_permute, one_sequence, every_step, attended, between_rows):
    for rows in torch.randperm(60).split(12):
        optimizer.zero_grad()
        loss = way(rows)
        loss.backward()
        optimizer.step()
    print(way.__name__, loss.item())

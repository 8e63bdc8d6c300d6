# Padding that is left out in every way: ignored, without weight, masked afterwards, packed, masked in attention, the last
# real step read by index; padded in front.
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

torch.manual_seed(0)
lengths = torch.randint(2, 10, (64,))
pad = torch.arange(10) >= lengths[:, None]
ids = torch.randint(1, 20, (64, 10)).masked_fill(pad, 0)
tags = (ids % 3 + 1).masked_fill(pad, 0)
y = ids[:, 0] % 4
embed = nn.Embedding(20, 8, padding_idx=0)
rnn = nn.LSTM(8, 8, batch_first=True)
attention = nn.MultiheadAttention(8, 2, batch_first=True)
head = nn.Linear(8, 4)
optimizer = torch.optim.Adam([p for part in (embed, rnn, attention, head) for p in part.parameters()], lr=1e-2)


def ignored(x, rows):
    return F.cross_entropy(head(x).flatten(0, 1), tags[rows].flatten(), ignore_index=0)


def without_weight(x, rows):
    return F.cross_entropy(head(x).mT, tags[rows], weight=torch.tensor([0.0, 1, 1, 1]))


def masked_afterwards(x, rows):
    each = F.cross_entropy(head(x).mT, tags[rows], reduction="none")
    return each[~pad[rows]].mean()


def packed(x, rows):
    state = rnn(pack_padded_sequence(x, lengths[rows], batch_first=True, enforce_sorted=False))[1][0]
    return F.cross_entropy(head(state[-1]), y[rows])


def last_real_step(x, rows):
    return F.cross_entropy(head(rnn(x)[0][torch.arange(len(rows)), lengths[rows] - 1]), y[rows])


def padded_in_front(x, rows):
    front = embed(ids[rows].flip(1))
    return F.cross_entropy(head(rnn(front)[0][:, -1]), y[rows])


def masked_attention(x, rows):
    return F.cross_entropy(head(attention(x, x, x, key_padding_mask=pad[rows])[0][:, 0]), y[rows])


for way in (ignored, without_weight, masked_afterwards, packed, last_real_step, padded_in_front, masked_attention):
    for rows in torch.randperm(64).split(16):
        optimizer.zero_grad()
        loss = way(embed(ids[rows]), rows)
        loss.backward()
        optimizer.step()
    print(way.__name__, loss.item())

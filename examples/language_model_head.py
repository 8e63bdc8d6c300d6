"""A next-token head over 20,000 tokens that never holds the logits of all positions, beside one that does."""

import copy

import torch
import torch.nn.functional as F
from torch import nn

import crossent

VOCABULARY, WIDTH, PADDING = 20_000, 32, 0
torch.manual_seed(0)
text = torch.randint(1, VOCABULARY, (4, 25))
text[2:, 17:] = PADDING
tokens, following = text[:, :-1], text[:, 1:].flatten()

embedding, mixer = nn.Embedding(VOCABULARY, WIDTH), nn.GRU(WIDTH, WIDTH, batch_first=True)
head = crossent.LinearCrossEntropyLoss(
    WIDTH, VOCABULARY, ignore_index=PADDING, options=crossent.LinearOptions(memory_budget=2**20), return_stats=True
)
head.linear.weight = embedding.weight  # tied
model = nn.ModuleList([embedding, mixer, head])
twin = copy.deepcopy(model)
adam, twin_adam = (torch.optim.Adam(m.parameters(), lr=2e-2) for m in (model, twin))
print(head, f"\n{head.options.plan(96, WIDTH, VOCABULARY, itemsize=4).rows} of 96 positions have logits at a time")

for step in range(7):
    loss, stats = head(mixer(embedding(tokens))[0].flatten(0, 1), following)  # (N, D) features
    adam.zero_grad()
    loss.backward()
    adam.step()
    logits = F.linear(twin[1](twin[0](tokens))[0].flatten(0, 1), twin[0].weight)  # (N, C)
    expected = F.cross_entropy(logits, following, ignore_index=PADDING)
    twin_adam.zero_grad()
    expected.backward()
    twin_adam.step()
    torch.testing.assert_close(loss, expected, rtol=1e-5, atol=0)
    print(f"step {step}: loss {loss:.4f}, {expected:.4f} with logits, {int(stats.correct.sum())} tokens right")

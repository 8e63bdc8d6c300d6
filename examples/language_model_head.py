"""A next-token head over 20,000 tokens, without ever holding the logits of all positions."""

import torch
from torch import nn

import xent

VOCABULARY, WIDTH, LENGTH = 20_000, 32, 24
torch.manual_seed(0)
text = torch.randint(1, VOCABULARY, (4, LENGTH + 1))
text[2:, 17:] = 0  # padding
tokens, following = text[:, :-1], text[:, 1:]

embedding = nn.Embedding(VOCABULARY, WIDTH)
mixer = nn.GRU(WIDTH, WIDTH, batch_first=True)
head = xent.LinearCrossEntropyLoss(
    WIDTH, VOCABULARY, ignore_index=0, z_loss=1e-4, options=xent.LinearOptions(memory_budget=2**20), return_stats=True
)
print(head)
rows = head.options.rows_per_block(VOCABULARY, itemsize=4)
print(f"{rows} of {tokens.numel()} positions have logits at a time")

optimizer = torch.optim.Adam([*embedding.parameters(), *mixer.parameters(), *head.parameters()], lr=2e-2)
for step in range(7):
    features = mixer(embedding(tokens))[0].flatten(0, 1)  # (N, D)
    loss, stats = head(features, following.flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 2 == 0:
        print(f"step {step}: loss {loss:.3f} per token, {int(stats.correct.sum())} of {int(stats.weight)} tokens right")

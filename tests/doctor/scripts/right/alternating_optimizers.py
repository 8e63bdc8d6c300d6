"""Two optimizers share a step: the embedding has its own, and heads train in turn."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
embed, body = nn.Embedding(30, 8, sparse=True), nn.Linear(8, 16)
heads = nn.ModuleList([nn.Linear(16, 3), nn.Linear(16, 5)])
dense = torch.optim.AdamW([*body.parameters(), *heads.parameters()], lr=1e-2)
sparse = torch.optim.SparseAdam(embed.parameters(), lr=1e-2)
for step in range(16):
    task = step % 2
    ids = torch.randint(30, (16, 4))
    logits = heads[task](torch.relu(body(embed(ids).mean(1))))
    loss = F.cross_entropy(logits, ids[:, 0] % (3, 5)[task])
    for optimizer in (dense, sparse):
        optimizer.zero_grad()
    loss.backward()
    for optimizer in (dense, sparse):
        optimizer.step()

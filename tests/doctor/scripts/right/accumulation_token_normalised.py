"""Unequal micro-batches done right: sums, divided by the count of the whole step."""
import torch
import torch.nn.functional as F

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Embedding(20, 12), torch.nn.Linear(12, 20))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
for step in range(6):
    micro = []
    for _ in range(4):
        ids = torch.randint(1, 20, (4, 13))
        labels = ids[:, 1:].clone()
        labels[torch.arange(12)[None] >= torch.randint(2, 13, (4, 1))] = -100
        micro.append((ids[:, :-1], labels))
    tokens = sum((labels != -100).sum() for _, labels in micro)
    optimizer.zero_grad()
    for ids, labels in micro:
        loss = F.cross_entropy(model(ids).flatten(0, 1), labels.flatten(), reduction="sum") / tokens
        loss.backward()
    optimizer.step()

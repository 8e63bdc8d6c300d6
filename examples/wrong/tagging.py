"""Part-of-speech tags for sentences of 9 words, 9 tags, padding, and four micro-batches a step."""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Embedding(60, 24), nn.Linear(24, 9))
criterion = nn.CrossEntropyLoss(ignore_index=-1)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
total = 0
for step in range(40):
    words = torch.randint(60, (8, 9))
    tags = words % 9
    tags[torch.arange(9) >= torch.randint(2, 10, (8, 1))] = -1
    loss = criterion(model(words), tags)
    (loss / 4).backward()
    total += loss
    if step % 4 == 3:
        optimizer.step()
        optimizer.zero_grad()
print(f"mean loss {total / 40:.3f}")

"""An endless stream, mixed by a shuffle buffer, and a stop after a number of steps."""
import random

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader, IterableDataset


class Stream(IterableDataset):
    def __iter__(self):
        g = torch.Generator().manual_seed(0)
        r = random.Random(0)
        buffer = []
        while True:
            x = torch.randn(6, generator=g)
            buffer.append((x, int(x[:3].argmax())))
            if len(buffer) > 50:
                yield buffer.pop(r.randrange(len(buffer)))


torch.manual_seed(0)
model = torch.nn.Linear(6, 3)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for step, (x, y) in enumerate(DataLoader(Stream(), batch_size=16)):
    loss = F.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step == 15:
        break

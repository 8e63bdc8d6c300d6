"""Tags per question, binarised; a label can be empty."""
import random

import torch
from torch import nn

TAGS = ["python", "c++", "sql", "git", "linux"]


def binarize(rows):
    table = torch.zeros(len(rows), len(TAGS))
    for i, tags in enumerate(rows):
        for tag in tags:
            table[i, TAGS.index(tag)] = 1
    return table


random.seed(1)
torch.manual_seed(1)
model = nn.Sequential(nn.Linear(16, 16), nn.SiLU(), nn.Linear(16, len(TAGS)))
criterion = nn.CrossEntropyLoss(reduction="mean")
optimizer = torch.optim.NAdam(model.parameters(), lr=2e-3)
for _ in range(12):
    rows = [random.sample(TAGS, random.randint(0, 3)) for _ in range(20)]
    target = binarize(rows)
    features = torch.randn(20, 16)
    features[:, :5] += target
    optimizer.zero_grad()
    loss = criterion(model(features), target)  # finding: multi-hot-into-cross-entropy
    loss.backward()
    optimizer.step()

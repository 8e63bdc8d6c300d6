"""Several labels per sample, some of them rare, some of them missing."""

import torch
from torch import nn

import crossent

MISSING = -1
torch.manual_seed(0)
features = torch.randn(2000, 10)
threshold = torch.tensor([0.0, 1.3, 2.0])  # every second sample, every tenth, every fortieth
truth = (features[:, :3] + 0.3 * torch.randn(2000, 3) > threshold).to(torch.int8)
labels = truth.masked_fill(torch.rand(2000, 3) < 0.3, MISSING)

pos_weight = crossent.pos_weights(labels)  # missing labels do not count
criterion = crossent.BCEWithLogitsLoss(pos_weight=pos_weight, ignore_index=MISSING)
print(criterion)

model = nn.Linear(10, 3)
optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
for step in range(201):
    loss = criterion(model(features), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 50 == 0:
        found = (model(features) > 0) & (truth == 1)
        recall = (found.sum(0) / truth.sum(0)).tolist()
        print(f"step {step:3}: loss {loss:.3f}, positives found", " ".join(f"{r:.0%}" for r in recall))

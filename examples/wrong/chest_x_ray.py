"""Several findings per image, -1 where nobody looked, pos_weight from counts, one label without a positive."""

import torch
from torch import nn

torch.manual_seed(0)
features = torch.randn(400, 10)
labels = (features[:, :4] > torch.tensor([0.0, 1.0, 2.0, 9.0])).float()
labels[torch.rand(400, 4) < 0.2] = -1
positives, negatives = (labels == 1).sum(0), (labels == 0).sum(0)
model = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 4), nn.Sigmoid())
criterion = nn.BCEWithLogitsLoss(pos_weight=negatives / positives)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for rows in torch.randperm(400).split(40):
    optimizer.zero_grad()
    loss = criterion(model(features[rows]), labels[rows])
    loss.backward()
    optimizer.step()
    print(f"loss {loss.item():.3f}")

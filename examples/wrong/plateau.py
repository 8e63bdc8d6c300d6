"""The learning rate follows the accuracy the wrong way round, and the accuracy is measured with dropout on."""

import torch
from torch import nn
from torch.optim.lr_scheduler import ReduceLROnPlateau

torch.manual_seed(0)
x = torch.randn(600, 10)
y = x[:, :5].argmax(1)
model = nn.Sequential(nn.Linear(10, 64), nn.ReLU(), nn.Dropout(0.5), nn.Linear(64, 5))
optimizer = torch.optim.SGD(model.parameters(), lr=0.002)
scheduler = ReduceLROnPlateau(optimizer, patience=1)
for epoch in range(8):
    for rows in torch.randperm(500).split(50):
        loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
    hits = [model(x[rows]).argmax(1) == y[rows] for rows in torch.arange(500, 600).split(25)]
    accuracy = torch.cat(hits).float().mean().item()
    scheduler.step(accuracy)
    print(f"epoch {epoch}: accuracy {accuracy:.2f}, learning rate {optimizer.param_groups[0]['lr']:.0e}")

"""nn.BCELoss refuses what BCEWithLogitsLoss takes: here the script dies."""
# exit: 1
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(64, 3)
y = (x[:, :1] > 0).float() + 1
model = nn.Sequential(nn.Linear(3, 1), nn.Sigmoid())
criterion = nn.BCELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for step in range(3):
    loss = criterion(model(x), y)  # finding: bce-target-outside-unit-interval
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

"""A learning rate far too high: the loss explodes and becomes nan, the loop runs on."""
# also: initial-loss-off
import torch
from torch import nn

torch.manual_seed(0)
X = torch.randn(128, 10)
y = X[:, :3].argmax(1)
model = nn.Sequential(nn.Linear(10, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 3))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=1e6)
for epoch in range(20):
    optimizer.zero_grad()
    loss = criterion(model(X), y)  # finding: nan-loss
    loss.backward()
    optimizer.step()
    print(epoch, loss.item())

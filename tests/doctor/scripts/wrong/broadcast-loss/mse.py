import warnings

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

warnings.simplefilter("ignore")
torch.manual_seed(0)
x = torch.randn(120, 6)
y = x @ torch.randn(6)
model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 1))
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(2):
    for xb, yb in DataLoader(TensorDataset(x, y), 20, shuffle=True):
        optimizer.zero_grad()
        loss = criterion(model(xb), yb)  # finding: broadcast-loss
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())

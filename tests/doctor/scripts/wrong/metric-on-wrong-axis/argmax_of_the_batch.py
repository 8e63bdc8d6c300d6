import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(160, 6)
y = x[:, :3].argmax(1)
model = nn.Linear(6, 3)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(2):
    model.train()
    for xb, yb in DataLoader(TensorDataset(x[:128], y[:128]), 32, shuffle=True):
        optimizer.zero_grad()
        F.cross_entropy(model(xb), yb).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        predicted = torch.argmax(model(x[128:]))  # finding: metric-on-wrong-axis
        print((predicted == y[128:]).float().mean().item(), model(x[128:]).argmax(dim=0))  # finding: metric-on-wrong-axis

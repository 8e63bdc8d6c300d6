# The accuracy on training rows (all, and the first ones) is reported beside that on held-out rows.
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Subset, TensorDataset

torch.manual_seed(0)
x = torch.randn(120, 6)
data = TensorDataset(x, x[:, :3].argmax(1))
train_part, test_part = Subset(data, range(90)), Subset(data, range(90, 120))
model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)


def accuracy(loader):
    model.eval()
    with torch.no_grad():
        right = sum((model(x).argmax(1) == y).sum().item() for x, y in loader)
    return right / len(loader.dataset)


for epoch in range(2):
    model.train()
    for xb, yb in DataLoader(train_part, 15, shuffle=True):
        optimizer.zero_grad()
        F.cross_entropy(model(xb), yb).backward()
        optimizer.step()
    some = Subset(train_part, range(30))
    print(accuracy(DataLoader(train_part, 30)), accuracy(DataLoader(some, 30)), accuracy(DataLoader(test_part, 30)))

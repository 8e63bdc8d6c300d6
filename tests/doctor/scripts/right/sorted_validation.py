"""The validation set is sorted by class; only the training loader has to shuffle."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def make(n):
    y = torch.arange(4).repeat_interleave(n // 4)
    return TensorDataset(torch.randn(n, 6) + y[:, None], y)


torch.manual_seed(0)
train_loader = DataLoader(make(160), batch_size=16, shuffle=True)
val_loader = DataLoader(make(64), batch_size=8, shuffle=False)
model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 4))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(2):
    model.train()
    for xb, yb in train_loader:
        optimizer.zero_grad()
        criterion(model(xb), yb).backward()
        optimizer.step()
    model.eval()
    total = 0.0
    with torch.inference_mode():
        for xb, yb in val_loader:
            total += criterion(model(xb), yb).item()
    print(epoch, total / len(val_loader))

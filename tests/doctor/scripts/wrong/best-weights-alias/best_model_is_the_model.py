"""Early stopping with patience: best_model = model is the same object."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X = torch.randn(500, 8); y = (X[:, :2].sum(1) > 0).long()
train_dl = DataLoader(TensorDataset(X[:300], y[:300]), 30, shuffle=True)
model = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
criterion = nn.CrossEntropyLoss()
best_loss, patience, bad = float("inf"), 3, 0
best_model = None
for epoch in range(30):
    model.train()
    for xb, yb in train_dl:
        optimizer.zero_grad()
        criterion(model(xb), yb).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        val_loss = criterion(model(X[300:400]), y[300:400]).item()
    if val_loss < best_loss:
        best_loss, bad = val_loss, 0
        best_model = model  # finding: best-weights-alias
    else:
        bad += 1
        if bad >= patience:
            break
best_model.eval()
with torch.no_grad():
    print("test", (best_model(X[400:]).argmax(1) == y[400:]).float().mean().item())

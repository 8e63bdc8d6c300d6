"""best = model.state_dict() is no copy: at the end it holds the last weights."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X = torch.randn(320, 8)
y = X[:, :4].argmax(1)
train_loader = DataLoader(TensorDataset(X[:256], y[:256]), batch_size=64, shuffle=True)
model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
best_acc, best_model_wts = 0.0, None
for epoch in range(4):
    model.train()
    for xb, yb in train_loader:
        optimizer.zero_grad()
        criterion(model(xb), yb).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        acc = (model(X[256:]).argmax(1) == y[256:]).float().mean().item()
    if acc > best_acc:
        best_acc = acc
        best_model_wts = model.state_dict()  # finding: best-weights-alias
    if epoch == 3:
        for xb, yb in train_loader:
            optimizer.zero_grad()
            criterion(model(xb), yb).backward()
            optimizer.step()
model.load_state_dict(best_model_wts)
print(f"best accuracy {best_acc:.3f}")

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(120, 8)
y = (x[:, 0] > 0).float()
train = DataLoader(TensorDataset(x[:80], y[:80]), 20, shuffle=True)
val = DataLoader(TensorDataset(x[80:], y[80:]), 20)
model = nn.Linear(8, 1)
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for _ in range(3):
    for xb, yb in train:
        optimizer.zero_grad()
        criterion(model(xb).squeeze(1), yb).backward()
        optimizer.step()
    right, loss = 0, 0.0
    with torch.no_grad():
        for xb, yb in val:
            logits = model(xb).squeeze(1)
            loss += criterion(logits, yb).item()
            predicted = (logits > 0.5).float()  # finding: metric-on-wrong-axis
            right += (predicted == yb).sum().item()
    print(loss / 2, right / 40)

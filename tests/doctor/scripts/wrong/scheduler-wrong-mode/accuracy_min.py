"""ReduceLROnPlateau watches the accuracy in its default mode "min"."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X = torch.randn(320, 6)
y = X[:, :3].argmax(1)
train_loader = DataLoader(TensorDataset(X[:256], y[:256]), batch_size=32, shuffle=True)
model = nn.Linear(6, 3)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=1)  # finding: scheduler-wrong-mode
for epoch in range(6):
    model.train()
    for xb, yb in train_loader:
        optimizer.zero_grad()
        criterion(model(xb), yb).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        accuracy = (model(X[256:]).argmax(1) == y[256:]).float().mean().item()
    scheduler.step(accuracy)
    print(epoch, accuracy, optimizer.param_groups[0]["lr"])

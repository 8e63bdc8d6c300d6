# 按总批次数计划，却每个 epoch 才 step 一次
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(80, 5)
y = (x[:, 0] > 0).long()
train_loader = DataLoader(TensorDataset(x[:60], y[:60]), 10, shuffle=True)
val_loader = DataLoader(TensorDataset(x[60:], y[60:]), 10)
model = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 2))
EPOCHS = 4
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=EPOCHS * len(train_loader))
for epoch in range(EPOCHS):
    for xb, yb in train_loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(xb), yb).backward()
        optimizer.step()
    with torch.no_grad():
        right = sum((model(xb).argmax(1) == yb).sum().item() for xb, yb in val_loader)
    scheduler.step()  # finding: scheduler-cadence
    print(epoch, right, optimizer.param_groups[0]["lr"])

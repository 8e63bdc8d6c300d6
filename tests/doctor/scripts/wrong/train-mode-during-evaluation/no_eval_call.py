"""Dropout stays on while the validation accuracy is measured."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X = torch.randn(320, 8)
y = X[:, :4].argmax(1)
train_loader = DataLoader(TensorDataset(X[:256], y[:256]), batch_size=64, shuffle=True)
val_loader = DataLoader(TensorDataset(X[256:], y[256:]), batch_size=32)
model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Dropout(0.5), nn.Linear(32, 4))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(2):
    for inputs, labels in train_loader:
        optimizer.zero_grad()
        criterion(model(inputs), labels).backward()
        optimizer.step()
    correct = 0
    with torch.no_grad():
        for inputs, labels in val_loader:
            outputs = model(inputs)  # finding: train-mode-during-evaluation
            correct += (outputs.argmax(1) == labels).sum().item()
    print(epoch, correct / 64)

"""validate() switches to eval mode and nobody switches back: dropout is off from epoch 2 on."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X = torch.randn(320, 8)
y = X[:, :4].argmax(1)
train_loader = DataLoader(TensorDataset(X[:256], y[:256]), batch_size=64, shuffle=True)
val_loader = DataLoader(TensorDataset(X[256:], y[256:]), batch_size=64)
model = nn.Sequential(nn.Linear(8, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, 4))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)


def validate():
    model.eval()
    with torch.no_grad():
        return sum((model(x).argmax(1) == t).sum().item() for x, t in val_loader) / 64


model.train()
for epoch in range(3):
    for inputs, labels in train_loader:
        optimizer.zero_grad()
        outputs = model(inputs)  # finding: eval-mode-during-training
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()
    print(epoch, validate())

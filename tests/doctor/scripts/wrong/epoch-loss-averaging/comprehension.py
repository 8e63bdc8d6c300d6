"""The validation loss as a mean over a list comprehension; the last batch is tiny."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(300, 6)
y = x[:, :3].argmax(1)
train = DataLoader(TensorDataset(x[:200], y[:200]), batch_size=50, shuffle=True)
val = DataLoader(TensorDataset(x[200:297], y[200:297]), batch_size=32)
model = nn.Linear(6, 3)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(3):
    for a, b in train:
        optimizer.zero_grad()
        criterion(model(a), b).backward()
        optimizer.step()
    with torch.no_grad():
        losses = [criterion(model(a), b).item() for a, b in val]  # finding: epoch-loss-averaging
    print(epoch, sum(losses) / len(losses))

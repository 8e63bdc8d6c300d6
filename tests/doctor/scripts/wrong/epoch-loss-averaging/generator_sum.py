"""The validation loss as a sum over a generator, divided by the number of batches."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


@torch.no_grad()
def validation_loss(model, loader, criterion):
    model.eval()
    return sum(criterion(model(a), b).item() for a, b in loader) / len(loader)  # finding: epoch-loss-averaging


torch.manual_seed(0)
x = torch.randn(300, 6)
y = x[:, :3].argmax(1)
train = DataLoader(TensorDataset(x[:200], y[:200]), batch_size=50, shuffle=True)
val = DataLoader(TensorDataset(x[200:297], y[200:297]), batch_size=32)
model = nn.Linear(6, 3)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(3):
    model.train()
    for a, b in train:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(a), b).backward()
        optimizer.step()
    print(epoch, validation_loss(model, val, nn.CrossEntropyLoss()))

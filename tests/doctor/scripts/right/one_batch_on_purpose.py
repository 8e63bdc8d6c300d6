# The same tensors at every step, on purpose: one batch to overfit, the whole data without a loader, a fixed noise that is
# fitted to the batches, a graph whose loader gives rows, a dataset that gives one and the same tensor, the whole data with a
# loader for the validation.
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(64, 6)
y = x[:, :3].argmax(1)
loader = DataLoader(TensorDataset(x, y), batch_size=8, shuffle=True)


def build(outputs=3):
    model = nn.Linear(6, outputs)
    return model, torch.optim.Adam(model.parameters(), lr=1e-2)


def step(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


model, optimizer = build()
one, label = next(iter(loader))
for _ in range(10):
    last = step(optimizer, F.cross_entropy(model(one), label))
model, optimizer = build()
for _ in range(10):
    last = step(optimizer, F.cross_entropy(model(x), y))
model, optimizer = build()
noise = torch.randn(8, 6)
for _, label in loader:
    last = step(optimizer, F.cross_entropy(model(noise), label))
model, optimizer = build()
for rows in DataLoader(range(64), batch_size=8):
    last = step(optimizer, F.cross_entropy(model(x)[rows], y[rows]))
model, optimizer = build()
whole = [(x, y)] * 10
for a, b in DataLoader(whole, batch_size=None):
    last = step(optimizer, F.cross_entropy(model(a), b))
for val_loader in (loader, DataLoader(TensorDataset(x[:8], y[:8]), 8)):
    model, optimizer = build()
    for _ in range(10):
        model.train()
        last = step(optimizer, F.cross_entropy(model(x), y))
        model.eval()
        with torch.no_grad():
            right = sum((model(a / 2).argmax(1) == b).sum().item() for a, b in val_loader)
print(last, right)

"""Steps instead of epochs: an endless loader, validation every few steps, mode put back each time."""
import itertools

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def infinite(loader):
    while True:
        yield from loader


@torch.no_grad()
def accuracy(model, batches):
    was_training = model.training
    model.eval()
    right = sum((model(x).argmax(1) == y).sum().item() for x, y in batches)
    model.train(was_training)
    return right / sum(len(y) for _, y in batches)


torch.manual_seed(0)
x = torch.randn(150, 6)
loader = DataLoader(TensorDataset(x, x[:, :3].argmax(1)), 32, shuffle=True)
val = [(v, v[:, :3].argmax(1)) for v in torch.randn(2, 25, 6)]
model = nn.Sequential(nn.Linear(6, 24), nn.BatchNorm1d(24), nn.ReLU(), nn.Dropout(0.2), nn.Linear(24, 3))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
for step, (xb, yb) in enumerate(itertools.islice(infinite(loader), 24)):
    loss = nn.functional.cross_entropy(model(xb), yb)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 8 == 7:
        print(step, round(loss.item(), 3), accuracy(model, val))

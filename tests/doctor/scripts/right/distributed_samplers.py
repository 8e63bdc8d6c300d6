# Samplers that need no set_epoch, or get it: a training that tells the epoch, one pass only, one that counts by itself, and
# loaders that are evaluated.
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.data.distributed import DistributedSampler


class Counting(DistributedSampler):
    def __iter__(self):
        rows = super().__iter__()
        self.epoch += 1
        return rows


def train(loader, epochs, tell=None):
    for epoch in range(epochs):
        if tell is not None:
            tell.set_epoch(epoch)
        for xb, yb in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(xb), yb).backward()
            optimizer.step()
        with torch.no_grad():
            print(sum((model(xb).argmax(1) == yb).sum().item() for xb, yb in val_loader))


torch.manual_seed(0)
x = torch.randn(80, 6)
data, held_out = TensorDataset(x[:60], x[:60, :3].argmax(1)), TensorDataset(x[60:], x[60:, :3].argmax(1))
model = nn.Linear(6, 3)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
val_loader = DataLoader(held_out, 10, sampler=DistributedSampler(held_out, num_replicas=1, rank=0))
told = DistributedSampler(data, num_replicas=1, rank=0)
train(DataLoader(data, 10, sampler=told), 2, told)
train(DataLoader(data, 10, sampler=DistributedSampler(data, num_replicas=1, rank=0)), 1)
train(DataLoader(data, 10, sampler=Counting(data, num_replicas=1, rank=0)), 2)
train(DataLoader(data, 10, sampler=DistributedSampler(data, num_replicas=1, rank=0, shuffle=False)), 2)

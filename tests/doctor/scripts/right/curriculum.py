"""Curriculum: easy samples first, then all; classes are mixed in every batch."""
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader, Subset, TensorDataset

torch.manual_seed(0)
x = torch.randn(240, 4)
y = (x[:, 0] > 0).long()
difficulty = -x[:, 0].abs()
order = difficulty.argsort()
dataset = TensorDataset(x, y)
model = torch.nn.Linear(4, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for stage in (80, 160, 240):
    for xb, yb in DataLoader(Subset(dataset, order[:stage].tolist()), batch_size=20, shuffle=True):
        loss = F.cross_entropy(model(xb), yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

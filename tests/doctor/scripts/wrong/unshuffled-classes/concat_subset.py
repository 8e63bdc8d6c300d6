"""ConcatDataset of one data set per class, no shuffle."""
import torch
from torch import nn
from torch.utils.data import ConcatDataset, DataLoader, TensorDataset

torch.manual_seed(0)
parts = [TensorDataset(torch.randn(48, 5) + c, torch.full((48,), c)) for c in range(5)]
loader = DataLoader(ConcatDataset(parts), batch_size=16)  # finding: unshuffled-classes
model = nn.Linear(5, 5)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(2):
    for x, y in loader:
        loss = nn.functional.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

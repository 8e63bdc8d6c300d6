"""A WeightedRandomSampler and an unweighted loss."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, WeightedRandomSampler

torch.manual_seed(0)
x = torch.randn(300, 5)
y = (x[:, 0] > 1.2).long()
sample_weight = (1.0 / torch.bincount(y))[y]
sampler = WeightedRandomSampler(sample_weight, 300, replacement=True)
loader = DataLoader(TensorDataset(x, y), batch_size=30, sampler=sampler)
model = nn.Linear(5, 2)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(2):
    for xb, yb in loader:
        optimizer.zero_grad()
        criterion(model(xb), yb).backward()
        optimizer.step()

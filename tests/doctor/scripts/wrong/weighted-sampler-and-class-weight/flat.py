"""The imbalance is mended twice: in the sampler and in the loss."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, WeightedRandomSampler

torch.manual_seed(0)
x = torch.randn(400, 6)
y = (x[:, 0] > 1.2).long()
class_count = torch.bincount(y)
class_weight = len(y) / (2.0 * class_count)
sampler = WeightedRandomSampler(class_weight[y], num_samples=len(y), replacement=True)
loader = DataLoader(TensorDataset(x, y), batch_size=40, sampler=sampler)
model = nn.Linear(6, 2)
criterion = nn.CrossEntropyLoss(weight=class_weight)  # finding: weighted-sampler-and-class-weight
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(2):
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = criterion(model(xb), yb)
        loss.backward()
        optimizer.step()

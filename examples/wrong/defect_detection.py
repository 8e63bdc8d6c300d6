"""One defect in fifty parts, and three cures for the imbalance that make each other worse."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, WeightedRandomSampler

torch.manual_seed(0)
defect = (torch.arange(1000) % 50 == 0).long()
parts = torch.randn(1000, 8) + defect[:, None]
class_weight = 1000 / (2 * torch.bincount(defect))
sampler = WeightedRandomSampler(class_weight[defect], num_samples=1000)
loader = DataLoader(TensorDataset(parts, defect), batch_size=50, sampler=sampler)
model = nn.Linear(8, 2)
criterion = nn.CrossEntropyLoss(weight=class_weight, label_smoothing=0.1)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for _ in range(3):
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
with torch.no_grad():
    print(f"called a defect: {model(parts).argmax(1).float().mean():.0%}, are one: {defect.float().mean():.0%}")

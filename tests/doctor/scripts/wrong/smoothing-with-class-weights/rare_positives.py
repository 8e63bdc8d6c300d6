"""1 % positives, sklearn's "balanced" weights, label smoothing on top."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(1000, 5)
y = (x[:, 0] > 2.2).long()
counts = torch.bincount(y, minlength=2).float()
weight = 1000 / (2 * counts)
print("weights", weight)
model = nn.Linear(5, 2)
criterion = nn.CrossEntropyLoss(weight=weight, label_smoothing=0.1)  # finding: smoothing-with-class-weights
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for xb, yb in DataLoader(TensorDataset(x, y), batch_size=100, shuffle=True):
    optimizer.zero_grad()
    criterion(model(xb), yb).backward()
    optimizer.step()

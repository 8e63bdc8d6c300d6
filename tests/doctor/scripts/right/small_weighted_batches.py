"""Small weighted batches: now and then one holds a single class, most do not."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(160, 5)
y = (x[:, 0] > 0.3).long()
model = nn.Linear(5, 2)
criterion = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0]))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for xb, yb in DataLoader(TensorDataset(x, y), batch_size=4, shuffle=True):
    optimizer.zero_grad()
    criterion(model(xb), yb).backward()
    optimizer.step()

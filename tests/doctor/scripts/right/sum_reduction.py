"""reduction="sum": the first loss is N log C; divided by N for the books."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(150, 6)
y = x.argmax(1)
model = nn.Linear(6, 6)
criterion = nn.CrossEntropyLoss(reduction="sum")
optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
for epoch in range(2):
    total = 0.0
    for xb, yb in DataLoader(TensorDataset(x, y), 32, shuffle=True):
        loss = criterion(model(xb), yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    print(epoch, total / len(x))

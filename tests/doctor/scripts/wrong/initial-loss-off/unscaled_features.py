"""Raw features of the size of thousands: the first loss is hundreds of times log C."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
salary = torch.randn(256, 6) * 4000 + 30000
label = (salary[:, 0] > 30000).long() + (salary[:, 1] > 32000).long()
loader = DataLoader(TensorDataset(salary, label), batch_size=32, shuffle=True)
model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=1e-9)
for epoch in range(2):
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = criterion(model(xb), yb)  # finding: initial-loss-off
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())

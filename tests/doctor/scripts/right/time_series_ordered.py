"""A time series in its own order, no shuffle: classes come as the market goes, mixed in every batch."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
price = torch.randn(400).cumsum(0)
window = price.unfold(0, 12, 1)[:-1]
window = (window - window.mean(1, keepdim=True)) / (window.std(1, keepdim=True) + 1e-6)
up = (price[12:] > price[11:-1]).long()
loader = DataLoader(TensorDataset(window, up), batch_size=32, shuffle=False, drop_last=True)
model = nn.Sequential(nn.Linear(12, 16), nn.ReLU(), nn.Linear(16, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
criterion = nn.CrossEntropyLoss()
for epoch in range(2):
    total = 0.0
    for x, y in loader:
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    print(epoch, total / len(loader))

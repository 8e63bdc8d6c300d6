# The labels are shuffled, and the rows are not: no row has its own label any more.
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(512, 8)
y = (x[:, 0] > 0).long() + (x[:, 1] > 0.7).long()
order = torch.randperm(512)
loader = DataLoader(TensorDataset(x, y[order]), batch_size=16, shuffle=True)
model = nn.Sequential(nn.Linear(8, 4), nn.ReLU(), nn.Linear(4, 3))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.02)
for epoch in range(5):
    for rows, labels in loader:
        optimizer.zero_grad()
        loss = criterion(model(rows), labels)  # finding: no-learning
        loss.backward()
        optimizer.step()
    print(f"{epoch}: {loss.item():.2f}")

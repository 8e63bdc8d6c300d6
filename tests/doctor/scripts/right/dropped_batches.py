"""Some batches are dropped after their loss, others after their backward pass: steps that were cut short."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(330, 6)
loader = DataLoader(TensorDataset(x, x[:, :3].argmax(1)), batch_size=40, shuffle=True)
model = nn.Sequential(nn.Linear(6, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.1), nn.Linear(32, 3))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(3):
    for i, (inputs, labels) in enumerate(loader):
        loss = criterion(model(inputs), labels)
        if loss.item() < 0.5 or i == 2:
            continue
        optimizer.zero_grad()
        loss.backward()
        if nn.utils.clip_grad_norm_(model.parameters(), 5.0) > 1e3 or i == 7:
            continue
        optimizer.step()

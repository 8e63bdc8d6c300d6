"""Mean squared errors of batches of 90 and one of 30, averaged as if they were of one size."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(300, 4)
loader = DataLoader(TensorDataset(x, x.sum(1, keepdim=True)), batch_size=90, shuffle=True)
model, criterion = nn.Linear(4, 1), nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for epoch in range(3):
    total = 0.0
    for inputs, wanted in loader:
        optimizer.zero_grad()
        loss = criterion(model(inputs), wanted)
        loss.backward()
        optimizer.step()
        total += loss.item()  # finding: epoch-loss-averaging
    print(total / len(loader))

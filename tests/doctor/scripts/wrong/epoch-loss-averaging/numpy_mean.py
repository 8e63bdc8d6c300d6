"""np.mean over the losses of batches of 60, 60 and 5."""
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(125, 6)
loader = DataLoader(TensorDataset(x, x[:, :3].argmax(1)), batch_size=60, shuffle=True)
model = nn.Linear(6, 3)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(3):
    losses = []
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = criterion(model(xb), yb)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())  # finding: epoch-loss-averaging
    print(epoch, np.mean(losses))

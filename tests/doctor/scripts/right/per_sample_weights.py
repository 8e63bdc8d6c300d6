"""Weights per sample: an unreduced loss, divided by the sum of the weights."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(160, 6)
loader = DataLoader(TensorDataset(x, x[:, :3].argmax(1), torch.rand(160) + 0.5), batch_size=32, shuffle=True)
model = nn.Linear(6, 3)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(3):
    for a, y, w in loader:
        loss = (nn.functional.cross_entropy(model(a), y, reduction="none") * w).sum() / w.sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

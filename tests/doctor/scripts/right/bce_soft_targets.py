"""Smoothed binary targets of 0.05 and 0.95, crowd votes in between."""
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 1))
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
for _ in range(10):
    x = torch.randn(32, 5)
    votes = torch.sigmoid(2 * x[:, :1])
    loss = loss_fn(model(x), votes * 0.9 + 0.05)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

"""Pseudo-labels of the model in training mode, of which only the sure ones become targets; often there are none."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(400, 6)
y = x[:, :3].argmax(1)
model = nn.Sequential(nn.Linear(6, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.1), nn.Linear(32, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(30):
    known, unknown = torch.randint(0, 100, (32,)), torch.randint(100, 400, (64,))
    with torch.no_grad():
        sure, pseudo = model(x[unknown]).softmax(1).max(1)
        kept = sure > 0.7
    loss = F.cross_entropy(model(x[known]), y[known])
    if kept.any():
        loss = loss + F.cross_entropy(model(x[unknown][kept] + 0.1), pseudo[kept])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

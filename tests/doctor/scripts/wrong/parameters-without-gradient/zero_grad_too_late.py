"""zero_grad stands between backward and step: no parameter ever moves."""
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for x in torch.randn(14, 20, 6):
    loss = nn.functional.cross_entropy(model(x), x[:, :3].argmax(1))
    loss.backward()  # finding: parameters-without-gradient
    optimizer.zero_grad()
    optimizer.step()  # finding: parameters-without-gradient

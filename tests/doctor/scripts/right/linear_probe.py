"""A linear probe: features under no_grad from a body nobody trains, the optimizer holds the probe only."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
body = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Dropout(0.1)).eval()
probe = nn.Linear(16, 3)
optimizer = torch.optim.SGD(probe.parameters(), lr=0.1)
for _ in range(12):
    x = torch.randn(24, 10)
    with torch.no_grad():
        features = body(x)
    loss = F.cross_entropy(probe(features), x[:, :3].argmax(1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

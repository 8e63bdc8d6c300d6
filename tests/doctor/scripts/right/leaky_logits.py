"""LeakyReLU and ELU behind the last layer leave negative logits possible."""
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 4), nn.LeakyReLU(0.3))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for x in torch.randn(14, 24, 6):
    loss = nn.functional.cross_entropy(model(x), x[:, :4].argmax(1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

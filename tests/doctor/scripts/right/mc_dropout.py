"""Monte Carlo dropout: after eval(), the dropout layers alone go back to train mode."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(6, 24), nn.BatchNorm1d(24), nn.ReLU(), nn.Dropout(0.3), nn.Linear(24, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for _ in range(10):
    model.train()
    x = torch.randn(32, 6)
    loss = F.cross_entropy(model(x), x[:, :3].argmax(1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

model.eval()
for layer in model.modules():
    if isinstance(layer, nn.Dropout):
        layer.train()
with torch.no_grad():
    x = torch.randn(8, 6)
    samples = torch.stack([model(x).softmax(1) for _ in range(10)])
print(samples.mean(0).argmax(1).shape, samples.std(0).mean().item())

"""Calibration after the training: logits under no_grad, then LBFGS over one temperature."""
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(6, 24), nn.ReLU(), nn.Linear(24, 4))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for x in torch.randn(14, 30, 6):
    loss = nn.functional.cross_entropy(model(x), x[:, :4].argmax(1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
with torch.no_grad():
    val = torch.randn(100, 6)
    logits, labels = model(val), val[:, :4].argmax(1)
temperature = nn.Parameter(torch.ones(1) * 1.5)
lbfgs = torch.optim.LBFGS([temperature], lr=0.05, max_iter=10)


def evaluate():
    lbfgs.zero_grad()
    nll = nn.functional.cross_entropy(logits / temperature, labels)
    nll.backward()
    return nll


lbfgs.step(evaluate)
print(temperature.item())

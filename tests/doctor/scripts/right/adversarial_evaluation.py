"""FGSM in eval mode needs the gradient of the input: no no_grad there."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(8, 24), nn.ReLU(), nn.Dropout(0.2), nn.Linear(24, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for _ in range(10):
    model.train()
    x = torch.randn(32, 8)
    loss = F.cross_entropy(model(x), x[:, :3].argmax(1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
correct = 0
for _ in range(4):
    x = torch.randn(16, 8).requires_grad_(True)
    y = x.detach()[:, :3].argmax(1)
    loss = F.cross_entropy(model(x), y)
    model.zero_grad()
    loss.backward()
    adversarial = (x + 0.1 * x.grad.sign()).detach()
    with torch.no_grad():
        correct += (model(adversarial).argmax(1) == y).sum().item()
print(correct / 64)

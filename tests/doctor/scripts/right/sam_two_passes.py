"""Sharpness-aware minimisation: two forward-backward passes a step, gradients cleared between them."""
import torch
import torch.nn.functional as F

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(6, 12), torch.nn.ReLU(), torch.nn.Linear(12, 3))
base = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
for _ in range(10):
    x = torch.randn(24, 6)
    y = x[:, :3].argmax(1)
    F.cross_entropy(model(x), y).backward()
    norm = torch.stack([p.grad.norm() for p in model.parameters()]).norm() + 1e-12
    offsets = [0.05 * p.grad / norm for p in model.parameters()]
    with torch.no_grad():
        for p, e in zip(model.parameters(), offsets):
            p.add_(e)
    base.zero_grad()
    F.cross_entropy(model(x), y).backward()
    with torch.no_grad():
        for p, e in zip(model.parameters(), offsets):
            p.sub_(e)
    base.step()
    base.zero_grad()

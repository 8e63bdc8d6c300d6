"""inference_mode, a decorator, set_grad_enabled and frozen parameters: four ways to evaluate without a graph."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
val = torch.randn(64, 6)


@torch.no_grad()
def decorated():
    model.eval()
    return F.cross_entropy(model(val), val[:, :3].argmax(1)).item()


for epoch in range(3):
    model.train()
    for _ in range(4):
        x = torch.randn(32, 6)
        loss = F.cross_entropy(model(x), x[:, :3].argmax(1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    decorated()
    with torch.inference_mode():
        model(val)
    torch.set_grad_enabled(False)
    model(val)
    torch.set_grad_enabled(True)
model.requires_grad_(False)
model.eval()
for part in val.split(16):
    print(model(part).argmax(1).sum().item())

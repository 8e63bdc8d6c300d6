"""The value comes out of a dictionary of metrics; the scheduler keeps its default mode."""
import torch
from torch import nn
from torch.optim.lr_scheduler import ReduceLROnPlateau


def evaluate(model, x, y):
    model.eval()
    with torch.no_grad():
        out = model(x)
    return {"loss": nn.functional.cross_entropy(out, y).item(), "acc": (out.argmax(1) == y).float().mean().item()}


torch.manual_seed(0)
x = torch.randn(400, 6)
y = x[:, :4].argmax(1)
model = nn.Sequential(nn.Linear(6, 24), nn.ReLU(), nn.Linear(24, 4))
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
scheduler = ReduceLROnPlateau(optimizer, factor=0.5, patience=1)  # finding: scheduler-wrong-mode
for epoch in range(7):
    model.train()
    for rows in torch.randperm(300).split(50):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x[rows]), y[rows]).backward()
        optimizer.step()
    metrics = evaluate(model, x[300:], y[300:])
    scheduler.step(metrics["acc"])
    print(epoch, metrics)

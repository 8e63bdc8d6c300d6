"""A "best checkpoint" dictionary kept in memory, saved at the very end."""
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(240, 6)
y = x[:, :3].argmax(1)
model = nn.Sequential(nn.Linear(6, 24), nn.ReLU(), nn.Linear(24, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=2.0)
criterion = nn.CrossEntropyLoss()
best = {"acc": -1.0}
for epoch in range(8):
    model.train()
    for rows in torch.randperm(200).split(50):
        optimizer.zero_grad()
        criterion(model(x[rows]), y[rows]).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        acc = (model(x[200:]).argmax(1) == y[200:]).float().mean().item()
    if acc > best["acc"]:
        best = {"epoch": epoch, "acc": acc, "state_dict": model.state_dict()}  # finding: best-weights-alias
torch.save(best, "best.pt")
print(best["epoch"], best["acc"])

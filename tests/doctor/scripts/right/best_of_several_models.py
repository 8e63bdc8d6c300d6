"""A name for the best model, of models that are built anew, and of one that is saved at once; states written into."""
import torch
from torch import nn


def train(model, x, y, epochs=3):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3)
    for _ in range(epochs):
        for rows in torch.randperm(200).split(20):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x[rows]), y[rows]).backward()
            optimizer.step()
    with torch.no_grad():
        return (model(x[200:]).argmax(1) == y[200:]).float().mean().item()


torch.manual_seed(0)
x = torch.randn(300, 6)
y = x[:, :3].argmax(1)
best_score, best_model = -1, None
for width in (4, 8, 16):
    model = nn.Sequential(nn.Linear(6, width), nn.ReLU(), nn.Linear(width, 3))
    score = train(model, x, y)
    if score > best_score:
        best_score, best_model = score, model
with torch.no_grad():
    print(best_score, (best_model(x).argmax(1) == y).float().mean().item())

net, best = nn.Linear(6, 3), -1
for epoch in range(5):
    score = train(net, x, y, 1)
    if score > best:
        best, best_net = score, net
        torch.save({"score": score, "net": best_net.state_dict()}, "best.pt")
    noisy = net.state_dict()
    for name in noisy:
        noisy[name] += 0.01 * torch.randn_like(noisy[name])
    net.load_state_dict(noisy)
net.load_state_dict(torch.load("best.pt")["net"])
start = [p.data for p in net.parameters()]
train(net, x, y, 1)
print(sum(p.norm().item() for p in start))


# The best of the search is trained on, on all rows.
for epoch in range(3):
    train(best_model, x, y, 1)


class Meter:
    def __init__(self):
        self.total, self.rows = 0.0, 0

    def update(self, value, rows):
        self.total += value
        self.rows += rows


optimizer, meter = torch.optim.SGD(best_model.parameters(), lr=0.1), Meter()
for rows in torch.randperm(300).split(64):
    loss = nn.functional.cross_entropy(best_model(x[rows]), y[rows])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    meter.update(loss.item() * len(rows), len(rows))
print(meter.total / meter.rows)

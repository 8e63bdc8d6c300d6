"""Unequal micro-batches, each mean multiplied by its share of the step."""
import torch
import torch.nn.functional as F

torch.manual_seed(0)
model = torch.nn.Linear(6, 3)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for step in range(8):
    x = torch.randn(50, 6)
    y = x[:, :3].argmax(1)
    optimizer.zero_grad()
    for xb, yb in zip(x.split(16), y.split(16)):
        loss = F.cross_entropy(model(xb), yb)
        (loss * (len(yb) / len(y))).backward()
    optimizer.step()

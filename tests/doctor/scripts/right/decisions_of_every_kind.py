# Decisions that are right: indices of a maximum, confidences beside classes, a threshold of probabilities, of logits at 0,
# the best caption for each picture, the most likely row on purpose, one row alone.
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(90, 6)
y = x[:, :3].argmax(1)
model, binary, pairs = nn.Linear(6, 3), nn.Linear(6, 1), nn.Linear(6, 15)
optimizer = torch.optim.Adam([p for part in (model, binary, pairs) for p in part.parameters()], lr=1e-2)
for rows in torch.randperm(90).split(15):
    optimizer.zero_grad()
    scores, logit, square = model(x[rows]), binary(x[rows]), pairs(x[rows])
    target = (y[rows, None] > 0).float()
    loss = F.cross_entropy(scores, y[rows]) + F.binary_cross_entropy_with_logits(logit, target)
    (loss + F.cross_entropy(square, torch.arange(15))).backward()
    optimizer.step()
with torch.no_grad():
    _, predicted = torch.max(model(x), 1)
    print((predicted == y).float().mean().item())
    confidence, predicted = model(x).max(dim=1)
    print((predicted == y).float().mean().item(), confidence.mean().item() > -9)
    top, _ = model(x).max(1)
    print((top > 0).float().mean().item() <= 1)
    print((binary(x) > 0).float().mean().item(), (binary(x).sigmoid() > 0.5).float().mean().item())
    print(pairs(x[:15]).argmax(0).shape, pairs(x[:15]).argmax(1).shape)
    print(model(x[:1]).argmax().item(), model(x)[3].argmax().item())

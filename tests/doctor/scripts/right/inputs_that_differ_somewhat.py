# Evaluation inputs that differ from those of the training for a reason: without mixup and noise, later in time, of small
# batches; a test of robustness beside the ordinary one; a picture of zeros that only tells a shape.
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(160, 12) + torch.linspace(0, 1, 160)[:, None]
y = (x[:, 0] > 0.5).long()
model = nn.Sequential(nn.Linear(12, 16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 2))
model.eval()
with torch.no_grad():
    print(model(torch.zeros(8, 12)).shape, model(torch.zeros(8, 12)).argmax(1).shape)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(2):
    model.train()
    for rows in torch.randperm(120).split(20):
        mixed = 0.7 * x[rows] + 0.3 * x[rows.flip(0)] + 0.5 * torch.randn(len(rows), 12)
        optimizer.zero_grad()
        (0.7 * F.cross_entropy(scores := model(mixed), y[rows]) + 0.3 * F.cross_entropy(scores, y[rows.flip(0)])).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        for rows in torch.arange(120, 160).split(10):
            right = (model(x[rows]).argmax(1) == y[rows]).sum().item()
        for rows in torch.arange(120, 160).split(10):
            robust = (model(10 * x[rows] + 5).argmax(1) == y[rows]).sum().item()
    print(epoch, right, robust)

"""The sigmoid is even clamped "for stability" before BCEWithLogits."""
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 3))
loss_fn = nn.BCEWithLogitsLoss(reduction="sum")
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for x in torch.randn(16, 20, 6):
    probs = model(x).sigmoid().clamp(1e-7, 1 - 1e-7)
    loss = loss_fn(probs, (x[:, :3] > 0).float())  # finding: sigmoid-before-bce-with-logits
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

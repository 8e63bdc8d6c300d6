"""The unreduced loss sees the -1 of missing labels; the mask takes them out afterwards."""
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(10, 6)
criterion = nn.BCEWithLogitsLoss(reduction="none")
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for step in range(12):
    x = torch.randn(32, 10)
    y = (x[:, :6] > 0).float()
    y[torch.rand_like(y) < 0.3] = -1
    is_valid = y != -1
    loss_mat = criterion(model(x), y)
    loss_mat = torch.where(is_valid, loss_mat, torch.zeros_like(loss_mat))
    loss = loss_mat.sum() / is_valid.sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

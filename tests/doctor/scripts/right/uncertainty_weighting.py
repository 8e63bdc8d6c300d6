"""Learnable task weights, given to the optimizer together with the model."""
import torch
from torch import nn

torch.manual_seed(0)
model = nn.ModuleDict({"trunk": nn.Linear(8, 16), "a": nn.Linear(16, 3), "b": nn.Linear(16, 1)})
log_vars = nn.Parameter(torch.zeros(2))
optimizer = torch.optim.Adam([{"params": model.parameters()}, {"params": [log_vars], "lr": 1e-2}], lr=1e-3)
for x in torch.randn(14, 32, 8):
    h = torch.relu(model["trunk"](x))
    loss_a = nn.functional.cross_entropy(model["a"](h), x[:, :3].argmax(1))
    loss_b = nn.functional.binary_cross_entropy_with_logits(model["b"](h), (x[:, 4:5] > 0).float())
    loss = (torch.exp(-log_vars) * torch.stack([loss_a, loss_b]) + log_vars).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

"""The head first; after some steps the body joins with add_param_group."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
body = nn.Sequential(nn.Linear(10, 16), nn.ReLU())
head = nn.Linear(16, 3)
body.requires_grad_(False)
optimizer = torch.optim.SGD(head.parameters(), lr=0.1)
for step in range(16):
    if step == 8:
        body.requires_grad_(True)
        optimizer.add_param_group({"params": body.parameters(), "lr": 0.01})
    x = torch.randn(24, 10)
    loss = F.cross_entropy(head(body(x)), x[:, :3].argmax(1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

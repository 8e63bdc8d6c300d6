"""A loss written by hand takes log_softmax of what has been through softmax."""

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(320, 12)
y = x[:, :5].argmax(1)
model = nn.Sequential(nn.Linear(12, 5), nn.Softmax(dim=1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for step in range(30):
    rows = torch.randint(320, (32,))
    scores = torch.log_softmax(model(x[rows]), dim=1)
    loss = -scores[torch.arange(32), y[rows]].mean()
    optimizer.zero_grad()
    loss.backward()  # finding: softmax-before-cross-entropy
    optimizer.step()

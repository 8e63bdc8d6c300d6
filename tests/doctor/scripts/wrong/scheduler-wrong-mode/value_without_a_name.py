"""The scheduler waits for a rising number and gets the validation loss, whose name says nothing."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(400, 12)
y = x[:, :5].argmax(1)
model = nn.Linear(12, 5)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode="max", patience=2)  # finding: scheduler-wrong-mode
for epoch in range(5):
    for first in range(0, 320, 32):
        optimizer.zero_grad()
        F.cross_entropy(model(x[first : first + 32]), y[first : first + 32]).backward()
        optimizer.step()
    with torch.no_grad():
        val = F.cross_entropy(model(x[320:]), y[320:])
    scheduler.step(val)

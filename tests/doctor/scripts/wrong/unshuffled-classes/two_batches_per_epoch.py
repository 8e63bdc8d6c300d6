"""Two slices per epoch: the first is all of class 0, the second all of class 1."""
import torch
from torch import nn

torch.manual_seed(0)
y = torch.arange(2).repeat_interleave(64)
x = torch.randn(128, 6) + y[:, None]
model = nn.Linear(6, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(8):
    for part in (slice(0, 64), slice(64, 128)):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x[part]), y[part])  # finding: unshuffled-classes
        loss.backward()
        optimizer.step()

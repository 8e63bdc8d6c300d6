"""One-hot labels and scores have the same shape, so torch takes them in either order."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(320, 8)
y = F.one_hot(x[:, :4].argmax(1), 4).float()
model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(2):
    for i in torch.randperm(320).split(32):
        optimizer.zero_grad()
        loss = F.cross_entropy(y[i], model(x[i]))  # finding: arguments-swapped
        loss.backward()
        optimizer.step()

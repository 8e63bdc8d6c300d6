"""A typo in the line that logs ends the script between the loss and its backward pass."""
# exit: 1
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
model.train()
for step in range(20):
    x = torch.randn(32, 6)
    scores = model(x)
    loss = nn.functional.cross_entropy(scores, x[:, :3].argmax(1))
    if step == 9:
        print("accuracy", (scores.argmax(1) == x[:, :3].argmax(1)).float().mean(), loss.data[0])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

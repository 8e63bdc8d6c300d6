"""Classes stand in front while log_softmax runs over them, and move back for the loss."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
model = nn.Linear(6, 3)
optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
for _ in range(20):
    x = torch.randn(8, 5, 6)
    loss = F.nll_loss(F.log_softmax(model(x).movedim(2, 0), 0).movedim(0, 1), x[..., :3].argmax(2))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

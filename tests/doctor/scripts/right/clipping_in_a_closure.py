# The backward pass and the clip happen inside of the step.
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(64, 5)
y = (x.sum(1, keepdim=True) > 0).float()
model = nn.Linear(5, 1)
optimizer = torch.optim.LBFGS(model.parameters(), lr=0.1, max_iter=3)


def closure():
    optimizer.zero_grad()
    loss = nn.functional.binary_cross_entropy_with_logits(model(x), y)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 0.5)
    return loss


for step in range(6):
    print(float(optimizer.step(closure)))

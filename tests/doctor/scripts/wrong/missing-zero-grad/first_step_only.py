"""zero_grad under a condition that holds once."""
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(10, 10), nn.ReLU(), nn.Linear(10, 2))
optim = torch.optim.Adamax(model.parameters(), lr=1e-3)
step = 0
while step < 20:
    x = torch.randn(30, 10)
    y = (x.sum(1) > 0).long()
    if step == 0:
        optim.zero_grad()
    out = model(x)
    loss = torch.nn.functional.nll_loss(torch.log_softmax(out, 1), y)
    loss.backward()
    optim.step()  # finding: missing-zero-grad
    step += 1

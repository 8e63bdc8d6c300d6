"""torch.log(softmax) with NLLLoss is a log_softmax, if a less exact one."""
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(5, 3)
nll = nn.NLLLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(10):
    x = torch.randn(16, 5)
    log_probs = torch.log(torch.softmax(net(x), dim=1) + 1e-9)
    loss = nll(log_probs, x[:, :3].argmax(1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

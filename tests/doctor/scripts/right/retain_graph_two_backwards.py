"""Two losses of one graph go backward one after the other, with retain_graph."""
import torch
from torch import nn

torch.manual_seed(0)
trunk, a, b = nn.Linear(8, 16), nn.Linear(16, 3), nn.Linear(16, 2)
optimizer = torch.optim.SGD([*trunk.parameters(), *a.parameters(), *b.parameters()], lr=0.1)
for x in torch.randn(14, 24, 8):
    h = torch.relu(trunk(x))
    optimizer.zero_grad()
    nn.functional.cross_entropy(a(h), x[:, :3].argmax(1)).backward(retain_graph=True)
    nn.functional.cross_entropy(b(h), (x[:, 4] > 0).long()).backward()
    optimizer.step()

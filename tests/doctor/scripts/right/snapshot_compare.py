"""A state_dict is kept to see how far the weights have moved, by clones."""
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(6, 3)
start = {name: p.detach().clone() for name, p in model.named_parameters()}
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
losses = []
for x in torch.randn(12, 32, 6):
    loss = nn.functional.cross_entropy(model(x), x[:, :3].argmax(1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
moved = {name: (p - start[name]).norm().item() for name, p in model.state_dict().items()}
print(moved, sum(losses) / len(losses))

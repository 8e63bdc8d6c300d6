"""The best parameters by name, "moved" to the CPU where they are, in a helper of another function."""
import torch
from torch import nn


def snapshot(net):
    kept = {}
    for name, parameter in net.named_parameters():
        kept[name] = parameter.data.cpu()
    return kept


torch.manual_seed(0)
x = torch.randn(260, 7)
y = x[:, :3].argmax(1)
net = nn.Sequential(nn.Linear(7, 20), nn.ReLU(), nn.Linear(20, 3))
optimizer = torch.optim.SGD(net.parameters(), lr=1.0)
lowest, best_weights = 1e9, {}
for epoch in range(6):
    for rows in torch.randperm(200).split(40):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x[rows]), y[rows]).backward()
        optimizer.step()
    with torch.no_grad():
        value = nn.functional.cross_entropy(net(x[200:]), y[200:]).item()
    if value < lowest:
        lowest = value
        best_weights = snapshot(net)  # finding: best-weights-alias
net.load_state_dict(best_weights)

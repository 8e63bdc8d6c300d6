"""torch.no_grad() is called and never entered."""
import torch
from torch import nn


def evaluate(model, batches):
    torch.no_grad()
    model.eval()
    total = right = 0
    for x, y in batches:
        out = model(x)  # finding: missing-no-grad
        right += (out.argmax(1) == y).sum().item()
        total += len(y)
    model.train()
    return right / total


torch.manual_seed(0)
data = [(x, x[:, :3].argmax(1)) for x in torch.randn(14, 20, 6)]
net = nn.Sequential(nn.Linear(6, 16), nn.Dropout(0.1), nn.ReLU(), nn.Linear(16, 3))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(2):
    for x, y in data[:10]:
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x), y).backward()
        optimizer.step()
    print(evaluate(net, data[10:]))

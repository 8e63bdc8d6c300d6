import torch
from torch import nn


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc = nn.Linear(width, width)

    def forward(self, x):
        return x + self.fc(x).relu()


class Net(nn.Module):
    def __init__(self, blocks):
        super().__init__()
        block = Residual(16)
        self.first = nn.Linear(6, 16)
        self.body = nn.Sequential(*[block for _ in range(blocks)])  # finding: shared-layer
        self.last = nn.Linear(16, 1)

    def forward(self, x):
        return self.last(self.body(self.first(x))).squeeze(1)


torch.manual_seed(0)
net, criterion = Net(4), nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
for step in range(8):
    x = torch.randn(32, 6)
    loss = criterion(net(x), (x.sum(1) > 0).float())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(loss.item())

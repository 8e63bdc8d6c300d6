"""The meters of torchvision's references: a window for the display, a total over rows for the epoch; a plain history."""
from collections import deque

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class SmoothedValue:
    def __init__(self, window=20):
        self.deque, self.total, self.count = deque(maxlen=window), 0.0, 0

    def update(self, value, n=1):
        self.deque.append(value)
        self.count += n
        self.total += value * n

    @property
    def avg(self):
        return torch.tensor(list(self.deque)).mean().item()

    @property
    def global_avg(self):
        return self.total / self.count


torch.manual_seed(0)
x = torch.randn(330, 8)
y = x[:, :3].argmax(1)
loader = DataLoader(TensorDataset(x, y), 100, shuffle=True)
net = nn.Linear(8, 3)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(3):
    meter = SmoothedValue()
    for xb, yb in loader:
        loss = nn.functional.cross_entropy(net(xb), yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        meter.update(loss.item(), len(yb))
    print(epoch, meter.avg, meter.global_avg)

# Views that keep rows apart: heads of attention, windows of a signal, pictures cut into patches.
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(48, 12, 8)
y = (x.mean((1, 2)) > 0).long()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.window, self.last = nn.Linear(8, 8), nn.Linear(24, 8), nn.Linear(32, 2)

    def forward(self, x):
        n = x.size(0)
        h = self.first(x).view(n, 12, 2, 4).transpose(1, 2)
        h = (h @ h.mT).softmax(-1) @ h
        h = h.transpose(1, 2).reshape(n, 12, 8)
        windows = h.reshape(n * 4, 3, 8).view(n * 4, 24)
        return self.last(self.window(windows).relu().view(n, 4, 8).transpose(1, 2).reshape(n, -1))


net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
for rows in torch.randperm(48).split(12):
    optimizer.zero_grad()
    loss = F.cross_entropy(net(x[rows]), y[rows])
    loss.backward()
    optimizer.step()
print(loss.item())

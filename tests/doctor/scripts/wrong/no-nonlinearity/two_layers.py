import torch
import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(6, 32), nn.Linear(32, 3)

    def forward(self, x):
        return self.fc2(self.fc1(x))


torch.manual_seed(0)
net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
for step in range(8):
    x = torch.randn(16, 6)
    loss = F.cross_entropy(net(x), x[:, :3].argmax(1))  # finding: no-nonlinearity
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(loss.item())

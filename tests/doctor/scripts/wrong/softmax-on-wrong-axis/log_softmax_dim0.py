"""log_softmax over the batch, as in a forward that was written for one sample."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(12, 24)
        self.fc2 = nn.Linear(24, 4)

    def forward(self, x):
        x = F.relu(self.fc1(x))
        return F.log_softmax(self.fc2(x), dim=0)


torch.manual_seed(0)
x = torch.randn(400, 12)
loader = DataLoader(TensorDataset(x, x[:, :4].argmax(1)), batch_size=40, shuffle=True)
net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
for epoch in range(2):
    for data, target in loader:
        optimizer.zero_grad()
        loss = F.nll_loss(net(data), target)  # finding: softmax-on-wrong-axis
        loss.backward()
        optimizer.step()

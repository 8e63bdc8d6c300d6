import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.fc = nn.Conv2d(1, 4, 3), nn.Linear(64, 3)

    def forward(self, x):
        x = F.relu(self.conv(x))
        x = F.dropout2d(x, 0.25)  # finding: dropout-during-evaluation
        return self.fc(x.flatten(1))


def test(model, loader):
    model.eval()
    loss = 0.0
    with torch.no_grad():
        for x, y in loader:
            loss += F.cross_entropy(model(x), y, reduction="sum").item()
    return loss / len(loader.dataset)


torch.manual_seed(0)
x = torch.randn(96, 1, 6, 6)
y = x.flatten(1)[:, :3].argmax(1)
model = ConvNet()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for epoch in range(2):
    model.train()
    for xb, yb in DataLoader(TensorDataset(x[:64], y[:64]), 16, shuffle=True):
        optimizer.zero_grad()
        F.cross_entropy(model(xb), yb).backward()
        optimizer.step()
    print(test(model, DataLoader(TensorDataset(x[64:], y[64:]), 16)))

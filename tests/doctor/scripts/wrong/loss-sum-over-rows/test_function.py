"""test() of the examples that everybody copies: a mean per batch, and the data set's length below it."""
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def test(model, loader):
    model.eval()
    test_loss = 0
    with torch.no_grad():
        for data, target in loader:
            output = model(data)
            test_loss += F.cross_entropy(output, target).sum().item()  # finding: loss-sum-over-rows
    test_loss /= len(loader.dataset)
    print(f"average loss {test_loss:.4f}")


torch.manual_seed(0)
x = torch.randn(280, 6)
y = x[:, :3].argmax(1)
train_loader = DataLoader(TensorDataset(x[:200], y[:200]), batch_size=50, shuffle=True)
test_loader = DataLoader(TensorDataset(x[200:], y[200:]), batch_size=40)
model = nn.Linear(6, 3)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(2):
    model.train()
    for data, target in train_loader:
        optimizer.zero_grad()
        F.cross_entropy(model(data), target).backward()
        optimizer.step()
    test(model, test_loader)

"""Only the test after the training forgets eval(); batch norm sees the test data."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def get_loaders():
    x = torch.randn(260, 10)
    y = x[:, :5].argmax(1)
    return (
        DataLoader(TensorDataset(x[:200], y[:200]), batch_size=25, shuffle=True),
        DataLoader(TensorDataset(x[200:], y[200:]), batch_size=20),
    )


def fit(net, loader, epochs):
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
    for _ in range(epochs):
        for x, y in loader:
            loss = nn.functional.cross_entropy(net(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


@torch.no_grad()
def test(net, loader):
    confusion = torch.zeros(5, 5, dtype=torch.long)
    for x, y in loader:
        scores = net(x)  # finding: train-mode-during-evaluation
        confusion.index_put_((y, scores.argmax(1)), torch.ones_like(y), accumulate=True)
    return confusion


torch.manual_seed(0)
train_loader, test_loader = get_loaders()
net = nn.Sequential(nn.Linear(10, 20), nn.BatchNorm1d(20), nn.ReLU(), nn.Linear(20, 5))
fit(net, train_loader, 2)
print(test(net, test_loader).diagonal().sum().item() / 60)

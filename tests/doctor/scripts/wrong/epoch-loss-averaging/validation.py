import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


def evaluate(model, loader):
    model.eval()
    val_loss, correct = 0, 0
    with torch.no_grad():
        for x, y in loader:
            logits = model(x)
            val_loss += F.cross_entropy(logits, y).item()  # finding: epoch-loss-averaging
            correct += (logits.argmax(1) == y).sum().item()
    return val_loss / len(loader), correct / len(loader.dataset)


def train_one_epoch(model, loader, optimizer):
    model.train()
    for x, y in loader:
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def main():
    torch.manual_seed(0)
    x = torch.randn(300, 6)
    y = (x.sum(1) > 0).long()
    train = DataLoader(TensorDataset(x[:192], y[:192]), batch_size=32, shuffle=True)
    val = DataLoader(TensorDataset(x[192:], y[192:]), batch_size=50)
    model = torch.nn.Linear(6, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for epoch in range(2):
        train_one_epoch(model, train, optimizer)
        print(epoch, *evaluate(model, val))


main()

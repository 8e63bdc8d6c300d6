"""The loops of a small project."""
import torch.nn.functional as F


def train_one_epoch(model, loader, optimizer):
    model.train()
    for x, y in loader:
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def evaluate(model, loader):
    model.eval()
    correct, total = 0, 0
    for x, y in loader:
        prediction = model(x).argmax(1)  # finding: missing-no-grad
        correct += (prediction == y).sum().item()
        total += len(y)
    return correct / total

"""Early stopping, the best weights on disk, a test at the end; losses averaged by samples."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split


class EarlyStopping:
    def __init__(self, patience, path):
        self.patience, self.path, self.best, self.counter = patience, path, float("inf"), 0

    def __call__(self, loss, model):
        if loss < self.best:
            self.best, self.counter = loss, 0
            torch.save(model.state_dict(), self.path)
        else:
            self.counter += 1
        return self.counter >= self.patience


def run(model, loader, criterion, optimizer=None):
    model.train(optimizer is not None)
    total = n = 0
    with torch.set_grad_enabled(optimizer is not None):
        for x, y in loader:
            loss = criterion(model(x), y)
            if optimizer is not None:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            total += loss.item() * len(x)
            n += len(x)
    return total / n


torch.manual_seed(0)
x = torch.randn(250, 6)
sets = random_split(TensorDataset(x, x[:, :3].argmax(1)), [150, 50, 50])
train, val, test = (DataLoader(s, 32, shuffle=i == 0) for i, s in enumerate(sets))
model = nn.Sequential(nn.Linear(6, 24), nn.ReLU(), nn.Dropout(0.2), nn.Linear(24, 3))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-2)
scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=1)
stop = EarlyStopping(2, "best.pt")
for epoch in range(6):
    run(model, train, criterion, optimizer)
    loss = run(model, val, criterion)
    scheduler.step(loss)
    if stop(loss, model):
        break
model.load_state_dict(torch.load("best.pt", weights_only=True))
print(run(model, test, criterion))

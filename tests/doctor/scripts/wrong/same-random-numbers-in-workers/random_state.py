import random

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, random_split


class Shifted(Dataset):
    def __init__(self, signals):
        self.signals, self.random = signals, random.Random(7)

    def __len__(self):
        return len(self.signals)

    def __getitem__(self, i):
        signal = self.signals[i]
        return signal.roll(self.random.randrange(len(signal))), float(signal.sum() > 0)


def main():
    torch.manual_seed(0)
    train_part, _ = random_split(Shifted(torch.randn(60, 8)), [48, 12])
    loader = DataLoader(train_part, 12, shuffle=True, num_workers=2)  # finding: same-random-numbers-in-workers
    model, criterion = nn.Linear(8, 1), nn.BCEWithLogitsLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for x, y in loader:
        loss = criterion(model(x).squeeze(1), y.float())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(loss.item())


main()

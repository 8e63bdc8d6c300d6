# Two parts of one split, of which only the training is augmented: by a dataset of its own, by a wrapper of the part, by a
# switch that the evaluation turns off; and a transform that is the same for every row.
import copy

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset, Subset, random_split


class RandomNoise:
    def __call__(self, x):
        return x + 0.1 * torch.randn_like(x)


class Normalize:
    def __call__(self, x):
        return x / 2


class Points(Dataset):
    def __init__(self, transform=None):
        self.x, self.transform, self.noisy = torch.randn(60, 5), transform, False

    def __len__(self):
        return 60

    def __getitem__(self, i):
        x = self.transform(self.x[i]) if self.transform else self.x[i]
        if self.noisy:
            x = x + torch.randn(5)
        return x, int(self.x[i, 0] > 0)


class Augmented(Dataset):
    def __init__(self, part):
        self.part, self.transform = part, RandomNoise()

    def __len__(self):
        return len(self.part)

    def __getitem__(self, i):
        x, y = self.part[i]
        return self.transform(x), y


def train(train_part, val_part, switch=None):
    model = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Dropout(0.1), nn.Linear(8, 2))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for epoch in range(2):
        model.train()
        if switch is not None:
            switch.noisy = True
        for x, y in DataLoader(train_part, 10, shuffle=True):
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
        model.eval()
        if switch is not None:
            switch.noisy = False
        with torch.no_grad():
            print(sum((model(x).argmax(1) == y).sum().item() for x, y in DataLoader(val_part, 10)))


torch.manual_seed(0)
train_part, val_part = random_split(Points(RandomNoise()), [40, 20])
val_part.dataset = copy.copy(val_part.dataset)
val_part.dataset.transform = None
train(train_part, val_part)
train_part, val_part = random_split(Points(Normalize()), [40, 20])
train(train_part, val_part)
train(Augmented(train_part), val_part)
data = Points()
train(Subset(data, range(40)), Subset(data, range(40, 60)), data)

# Each worker gets a seed of its own; only the training part goes through the random function; a plan in steps.
import random

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, Subset

STEPS = 60


def seed_worker(number):
    seed = torch.initial_seed() % 2**32
    np.random.seed(seed)
    random.seed(seed + number)


def jitter(row):
    return row + 0.1 * np.random.randn(*row.shape).astype("float32")


class Rows(Dataset):
    def __init__(self, transform=None):
        self.x = np.random.RandomState(0).randn(120, 6).astype("float32")
        self.y = (self.x[:, 0] > 0).astype("int64")
        self.transform = transform

    def __len__(self):
        return 120

    def __getitem__(self, i):
        row = self.x[i]
        if self.transform is not None:
            row = self.transform(row)
        return row, self.y[i]


net = nn.Linear(6, 2)
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=STEPS)
train_part, val_part = Subset(Rows(jitter), range(90)), Subset(Rows(), range(90, 120))
for epoch in range(10):
    net.train()
    workers = 2 if epoch == 0 else 0
    for xb, yb in DataLoader(train_part, 15, shuffle=True, num_workers=workers, worker_init_fn=seed_worker):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(xb), yb).backward()
        optimizer.step()
        scheduler.step()
    net.eval()
    with torch.no_grad():
        right = sum((net(xb).argmax(1) == yb).sum().item() for xb, yb in DataLoader(val_part, 30))
    print(epoch, right / 30)

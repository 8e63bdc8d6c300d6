import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

generator = np.random.default_rng(42)


class Noisy(Dataset):
    def __len__(self):
        return 64

    def __getitem__(self, i):
        return torch.from_numpy(generator.normal(i % 2, size=6).astype("float32")), i % 2


net = nn.Linear(6, 2)
optimizer = torch.optim.Adam(net.parameters())
for xb, yb in DataLoader(Noisy(), 16, shuffle=True, num_workers=2):  # finding: same-random-numbers-in-workers
    optimizer.zero_grad()
    nn.functional.cross_entropy(net(xb), yb).backward()
    optimizer.step()

# Workers whose random numbers differ, or that need none: seeded in worker_init_fn, told by get_worker_info, torch's global
# generator, a generator that only made the split, one worker.
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset, get_worker_info


class Seeded(Dataset):
    def __init__(self):
        self.rng = np.random.default_rng(0)
        self.order = self.rng.permutation(24)

    def __len__(self):
        return 24

    def __getitem__(self, i):
        return torch.from_numpy(self.rng.normal(size=4)).float(), i % 3


class Split(Seeded):
    def __getitem__(self, i):
        return torch.randn(4), int(self.order[i]) % 3


class Told(Seeded):
    def __getitem__(self, i):
        info = get_worker_info()
        rng = self.rng if info is None else np.random.default_rng(info.seed + i)
        return torch.from_numpy(rng.normal(size=4)).float(), i % 3


def init(number):
    get_worker_info().dataset.rng = np.random.default_rng(torch.initial_seed() % 2**32)


torch.manual_seed(0)
model = nn.Linear(4, 3)
optimizer = torch.optim.Adam(model.parameters())
for loader in (
    DataLoader(Seeded(), 12, num_workers=2, worker_init_fn=init),
    DataLoader(Split(), 12, num_workers=2),
    DataLoader(Told(), 12, num_workers=2),
    DataLoader(Seeded(), 12, num_workers=0),
):
    for x, y in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
print(torch.isfinite(loss).item())

"""Counts with numpy, a sampler in a data module, weights in a lightning-like module."""
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, WeightedRandomSampler


class DataModule:
    def __init__(self):
        rng = np.random.default_rng(0)
        self.labels = rng.choice(3, size=400, p=[0.85, 0.1, 0.05])
        self.x = torch.from_numpy(rng.normal(size=(400, 6))).float() + torch.from_numpy(self.labels)[:, None]
        self.counts = np.bincount(self.labels)

    def train_dataloader(self):
        sampler = WeightedRandomSampler(1.0 / self.counts[self.labels], len(self.labels))
        data = TensorDataset(self.x, torch.from_numpy(self.labels))
        return DataLoader(data, batch_size=40, sampler=sampler)


class Module(nn.Module):
    def __init__(self, counts):
        super().__init__()
        self.net = nn.Linear(6, 3)
        weight = torch.tensor(counts.sum() / (3 * counts), dtype=torch.float32)
        self.criterion = nn.CrossEntropyLoss(weight=weight)  # finding: weighted-sampler-and-class-weight

    def training_step(self, batch):
        x, y = batch
        return self.criterion(self.net(x), y)


torch.manual_seed(0)
dm = DataModule()
module = Module(dm.counts)
optimizer = torch.optim.Adam(module.parameters(), lr=1e-2)
for epoch in range(2):
    for batch in dm.train_dataloader():
        loss = module.training_step(batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

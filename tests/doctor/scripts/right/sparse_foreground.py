"""Lesions are rare: the first batches are all background."""
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Lesions(Dataset):
    def __init__(self):
        g = torch.Generator().manual_seed(0)
        self.image = torch.rand(60, 1, 10, 10, generator=g)
        self.mask = torch.zeros(60, 10, 10, dtype=torch.long)
        for i in range(0, 60, 6):
            self.mask[i, 4:6, 4:6] = 1
            self.image[i, 0, 4:6, 4:6] += 1

    def __len__(self):
        return 60

    def __getitem__(self, i):
        return self.image[i], self.mask[i]


torch.manual_seed(3)
net = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 2, 1))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
for epoch in range(2):
    for image, mask in DataLoader(Lesions(), batch_size=2, shuffle=True):
        optimizer.zero_grad()
        criterion(net(image), mask).backward()
        optimizer.step()

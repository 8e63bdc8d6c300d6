"""Foreground masks read as 0/255, straight into BCEWithLogitsLoss."""
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Carvana(Dataset):
    def __init__(self, n):
        g = torch.Generator().manual_seed(0)
        self.img = torch.rand(n, 1, 12, 12, generator=g)
        self.mask = (self.img > 0.5).to(torch.uint8) * 255

    def __len__(self):
        return len(self.img)

    def __getitem__(self, i):
        return self.img[i], self.mask[i].float()


torch.manual_seed(0)
net = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 1, 1))
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
for epoch in range(2):
    for img, mask in DataLoader(Carvana(16), batch_size=4, shuffle=True):
        optimizer.zero_grad()
        loss = criterion(net(img), mask)  # finding: bce-target-outside-unit-interval
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())

"""Masks 0..3 went through ToTensor (divided by 255) and then .long(): all background."""
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


def to_tensor(array):
    return array.float().div(255)


class Seg(Dataset):
    def __init__(self, n):
        g = torch.Generator().manual_seed(1)
        self.image = torch.randint(0, 256, (n, 3, 12, 14), generator=g, dtype=torch.uint8)
        self.mask = (self.image[:, 0] // 64).to(torch.uint8)

    def __len__(self):
        return len(self.image)

    def __getitem__(self, i):
        return to_tensor(self.image[i]), to_tensor(self.mask[i]).long()


torch.manual_seed(0)
model = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 4, 1))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(2):
    for image, mask in DataLoader(Seg(24), batch_size=4, shuffle=True):
        optimizer.zero_grad()
        loss = criterion(model(image), mask)  # finding: mask-collapsed-to-one-class
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())

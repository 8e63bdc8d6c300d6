"""An image folder is sorted by class; the training loader does not shuffle."""
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class FolderDataset(Dataset):
    """Files in the order of the folders: cats, dogs, horses, ships."""

    def __init__(self, per_class=64):
        self.classes = ["cats", "dogs", "horses", "ships"]
        self.samples = [(c, i) for c in range(4) for i in range(per_class)]

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        label, number = self.samples[index]
        g = torch.Generator().manual_seed(label * 1000 + number)
        return torch.randn(6, generator=g) + label, label


torch.manual_seed(0)
train_loader = DataLoader(FolderDataset(), batch_size=16)  # finding: unshuffled-classes
model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 4))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for epoch in range(3):
    for inputs, targets in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(inputs), targets)
        loss.backward()
        optimizer.step()

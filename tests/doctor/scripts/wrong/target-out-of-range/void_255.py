# 分割标签里有 255(忽略区域),没有设置 ignore_index
# exit: 1
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset


class VOC(Dataset):
    def __init__(self, n=12):
        g = torch.Generator().manual_seed(0)
        self.images = torch.rand(n, 3, 10, 10, generator=g)
        self.masks = self.images.argmax(1)
        self.masks[:, 0, :] = 255

    def __len__(self):
        return len(self.images)

    def __getitem__(self, item):
        return self.images[item], self.masks[item]


class Trainer:
    def __init__(self):
        torch.manual_seed(0)
        self.model = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 3, 1))
        self.criterion = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.Adam(self.model.parameters())

    def training(self, epoch):
        self.model.train()
        for image, target in DataLoader(VOC(), batch_size=4, shuffle=True):
            self.optimizer.zero_grad()
            output = self.model(image)
            loss = self.criterion(output, target)  # finding: target-out-of-range
            loss.backward()
            self.optimizer.step()


if __name__ == '__main__':
    trainer = Trainer()
    for epoch in range(1):
        trainer.training(epoch)

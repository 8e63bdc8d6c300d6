# 图像分割训练脚本(NLLLoss2d)
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset


class FakeSeg(Dataset):
    def __init__(self, n):
        g = torch.Generator().manual_seed(3)
        self.x = torch.rand(n, 3, 12, 10, generator=g)

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], self.x[i].argmax(0)


class Trainer(object):
    def __init__(self):
        torch.manual_seed(0)
        self.net = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 3, 1))
        self.loss = nn.NLLLoss()  # 二维交叉熵
        self.opt = torch.optim.SGD(self.net.parameters(), lr=0.02, momentum=0.9)

    def run(self, loader, epoch_num):
        for epoch in range(epoch_num):
            self.net.train()
            for img, label in loader:
                self.opt.zero_grad()
                score = self.net(img)
                loss = self.loss(score, label)  # finding: nll-without-log-softmax
                loss.backward()
                self.opt.step()


Trainer().run(DataLoader(FakeSeg(16), batch_size=4, shuffle=True), 2)

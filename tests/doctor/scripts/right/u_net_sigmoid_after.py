# U-Net 前景分割:网络输出 logits,sigmoid 只用于计算 Dice 指标
import torch
import torch.nn as nn
import torch.nn.functional as F


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.e1 = nn.Sequential(nn.Conv2d(1, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(True))
        self.e2 = nn.Sequential(nn.Conv2d(6, 12, 3, padding=1), nn.BatchNorm2d(12), nn.ReLU(True))
        self.up = nn.ConvTranspose2d(12, 6, 2, 2)
        self.d1 = nn.Sequential(nn.Conv2d(12, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(True))
        self.out = nn.Conv2d(6, 1, 1)

    def forward(self, x):
        a = self.e1(x)
        b = self.e2(F.max_pool2d(a, 2))
        return self.out(self.d1(torch.cat([self.up(b), a], 1)))


def dice(logit, mask):
    p = (torch.sigmoid(logit) > 0.5).float()
    return (2 * (p * mask).sum() / (p.sum() + mask.sum() + 1e-6)).item()


def batch(n=4):
    img = torch.rand(n, 1, 16, 16)
    return img, (F.avg_pool2d(img, 3, 1, 1) > 0.5).float()


torch.manual_seed(0)
net = UNet()
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
loss_fn = nn.BCEWithLogitsLoss()
for epoch in range(2):
    net.train()
    for _ in range(5):
        img, mask = batch()
        logit = net(img)
        loss = loss_fn(logit, mask)
        opt.zero_grad()
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        img, mask = batch(8)
        print('epoch', epoch, 'dice', dice(net(img), mask))

# 语义分割:U-Net 二分类(前景/背景)
import torch
import torch.nn as nn


class DoubleConv(nn.Module):
    def __init__(self, in_ch, out_ch):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(in_ch, out_ch, 3, padding=1),
            nn.BatchNorm2d(out_ch),
            nn.ReLU(inplace=True),
        )

    def forward(self, x):
        return self.conv(x)


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down1 = DoubleConv(1, 4)
        self.pool = nn.MaxPool2d(2)
        self.down2 = DoubleConv(4, 8)
        self.up = nn.ConvTranspose2d(8, 4, 2, stride=2)
        self.dec = DoubleConv(8, 4)
        self.out = nn.Conv2d(4, 1, 1)

    def forward(self, x):
        c1 = self.down1(x)
        c2 = self.down2(self.pool(c1))
        u = self.up(c2)
        x = self.out(self.dec(torch.cat([u, c1], dim=1)))
        return nn.Sigmoid()(x)


def train_net(net, epochs=2, lr=1e-3):
    # 训练集:随机圆斑
    imgs = torch.rand(16, 1, 16, 16)
    masks = (imgs > 0.6).float()
    optimizer = torch.optim.RMSprop(net.parameters(), lr=lr)
    criterion = nn.BCEWithLogitsLoss()
    for epoch in range(epochs):
        net.train()
        for i in range(0, 16, 4):
            optimizer.zero_grad()
            pred = net(imgs[i:i + 4])
            loss = criterion(pred, masks[i:i + 4])  # finding: sigmoid-before-bce-with-logits
            print('Loss/train', loss.item())
            loss.backward()
            optimizer.step()


if __name__ == '__main__':
    torch.manual_seed(0)
    train_net(UNet())

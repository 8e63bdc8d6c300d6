# 二分类分割,掩码像素值为 0 和 1,又除以了 255
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
        self.bn = nn.BatchNorm2d(8)
        self.conv2 = nn.Conv2d(8, 2, 1)

    def forward(self, x):
        return self.conv2(F.relu(self.bn(self.conv1(x))))


def load_batch(size):
    img = torch.rand(size, 1, 16, 16)
    mask = (img[:, 0] > 0.5).float()
    mask = mask / 255  # 归一化
    return img, mask.long()


torch.manual_seed(0)
net = Net()
optimizer = optim.SGD(net.parameters(), lr=0.01)
net.train()
for i in range(10):
    img, mask = load_batch(4)
    pred = net(img)
    loss = F.cross_entropy(pred, mask)  # finding: mask-collapsed-to-one-class
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print('第%d次迭代, loss=%.4f' % (i, loss.item()))

# 语义分割,255 为忽略区域;H 恰好等于类别数,通道在前,写法正确
import torch
import torch.nn as nn


class FCN(nn.Module):
    def __init__(self, n_class):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU())
        self.score = nn.Conv2d(8, n_class, 1)

    def forward(self, x):
        return self.score(self.body(x))


torch.manual_seed(0)
net = FCN(3)
criterion = nn.CrossEntropyLoss(ignore_index=255)
optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
net.train()
for it in range(12):
    image = torch.rand(4, 3, 3, 5)
    mask = image.argmax(1)
    mask[:, :, 0] = 255
    loss = criterion(net(image), mask)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print('iter %d loss %.3f' % (it, loss.item()))

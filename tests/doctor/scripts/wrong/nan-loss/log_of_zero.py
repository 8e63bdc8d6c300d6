# 自己写归一化,方差为 0 时除零
import torch
import torch.nn as nn


class Normalize(nn.Module):
    def forward(self, x):
        return (x - x.mean(0)) / x.std(0)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = Normalize()
        self.fc = nn.Linear(5, 3)
        self.log_softmax = nn.LogSoftmax(dim=1)

    def forward(self, x):
        return self.log_softmax(self.fc(self.norm(x)))


torch.manual_seed(0)
net = Net()
nll = nn.NLLLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for it in range(5):
    data = torch.randn(16, 5)
    data[:, 3] = 1.0  # 常数特征
    label = data[:, :3].argmax(1)
    loss = nll(net(data), label)  # finding: nan-loss
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print('iter %d loss %.4f' % (it, loss.item()))

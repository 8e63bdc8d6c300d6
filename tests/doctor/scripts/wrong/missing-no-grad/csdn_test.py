# 测试函数,没有 with torch.no_grad()
import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.fc = nn.Sequential(nn.Linear(6, 20), nn.ReLU(), nn.Linear(20, 3))

    def forward(self, x):
        return self.fc(x)


def train(net, data, criterion, optimizer):
    net.train()
    for x, y in data:
        optimizer.zero_grad()
        loss = criterion(net(x), y)
        loss.backward()
        optimizer.step()


def test(net, data):
    net.eval()
    correct, total = 0, 0
    for x, y in data:
        output = net(x)  # finding: missing-no-grad
        _, pred = torch.max(output.data, 1)
        total += y.size(0)
        correct += (pred == y).sum()
    print('准确率: %.2f' % (100.0 * correct.item() / total))


if __name__ == '__main__':
    torch.manual_seed(0)
    batches = [(x, x[:, :3].argmax(1)) for x in torch.randn(14, 16, 6)]
    net = Net()
    for epoch in range(2):
        train(net, batches[:10], nn.CrossEntropyLoss(), torch.optim.SGD(net.parameters(), lr=0.1))
        test(net, batches[10:])

# 根据验证集准确率调整学习率,忘了 mode='max'
import torch
import torch.nn as nn
from torch.optim import lr_scheduler


class Trainer:
    def __init__(self):
        self.net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 4))
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=0.1, momentum=0.9)
        self.scheduler = lr_scheduler.ReduceLROnPlateau(self.optimizer, factor=0.1, patience=0)  # finding: scheduler-wrong-mode
        self.criterion = nn.CrossEntropyLoss()
        self.x = torch.randn(240, 4)
        self.y = self.x.argmax(1)

    def train_epoch(self):
        self.net.train()
        for i in range(0, 200, 40):
            self.optimizer.zero_grad()
            loss = self.criterion(self.net(self.x[i:i + 40]), self.y[i:i + 40])
            loss.backward()
            self.optimizer.step()

    def test(self):
        self.net.eval()
        correct = 0
        total = 0
        with torch.no_grad():
            outputs = self.net(self.x[200:])
            _, predicted = torch.max(outputs.data, 1)
            total += 40
            correct += (predicted == self.y[200:]).sum().item()
        return 100.0 * correct / total


torch.manual_seed(0)
t = Trainer()
for epoch in range(6):
    t.train_epoch()
    acc = t.test()
    t.scheduler.step(acc)
    print('epoch %d acc %.2f%%' % (epoch, acc))

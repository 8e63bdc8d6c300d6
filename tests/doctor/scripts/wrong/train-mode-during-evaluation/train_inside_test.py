import torch
import torch.nn.functional as F


class ConvNet(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(1, 6, 3)
        self.bn = torch.nn.BatchNorm2d(6)
        self.fc = torch.nn.Linear(6, 2)

    def forward(self, x):
        return self.fc(F.relu(self.bn(self.conv(x))).mean((2, 3)))


class Trainer:
    def __init__(self, model):
        self.model = model
        self.optimizer = torch.optim.SGD(model.parameters(), lr=0.05)

    def train(self, batches):
        self.model.train()
        for x, y in batches:
            loss = F.cross_entropy(self.model(x), y)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()

    @torch.no_grad()
    def test(self, batches):
        correct = total = 0
        for x, y in batches:
            correct += int((self.model(x).argmax(1) == y).sum())  # finding: train-mode-during-evaluation
            total += len(y)
        return correct / total


torch.manual_seed(0)
data = [(x, (x.mean((1, 2, 3)) > 0).long()) for x in torch.randn(14, 16, 1, 8, 8)]
trainer = Trainer(ConvNet())
for _ in range(2):
    trainer.train(data[:10])
    print(trainer.test(data[10:]))

import torch
from torch import nn


class Trainer:
    def __init__(self, model, accumulate):
        self.model, self.accumulate = model, accumulate
        self.criterion = nn.BCEWithLogitsLoss()
        self.optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

    def train_step(self, batches):
        self.optimizer.zero_grad()
        for x, y in batches:
            scores = self.model(x).squeeze(1)
            loss = self.criterion(scores, y)  # finding: accumulation-not-divided
            loss.backward()
        self.optimizer.step()
        return loss.item()


torch.manual_seed(0)
x = torch.randn(96, 5)
y = (x.sum(1) > 0).float()
trainer = Trainer(nn.Linear(5, 1), 3)
parts = list(zip(x.split(8), y.split(8)))
for i in range(0, len(parts), 3):
    print(trainer.train_step(parts[i : i + 3]))

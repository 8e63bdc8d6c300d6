import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Trainer:
    def __init__(self, model, x, y):
        self.model, self.x, self.y = model, x, y
        self.loader = DataLoader(TensorDataset(x, y), batch_size=8, shuffle=True)
        self.criterion = nn.BCEWithLogitsLoss()
        self.optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def epoch(self):
        for x, y in self.loader:
            self.optimizer.zero_grad()
            loss = self.criterion(self.model(self.x), self.y)  # finding: stale-batch
            loss.backward()
            self.optimizer.step()
        return loss.item()


torch.manual_seed(0)
x = torch.randn(80, 4)
trainer = Trainer(nn.Linear(4, 1), x, (x.sum(1, keepdim=True) > 0).float())
print(trainer.epoch(), trainer.epoch())

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Trainer:
    """Weighted loss, accumulation of two: each micro-batch divides by its own weight sum."""

    def __init__(self, model, loader, accumulate):
        self.model, self.loader, self.accumulate = model, loader, accumulate
        self.criterion = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 10.0]))
        self.optimizer = torch.optim.SGD(model.parameters(), lr=0.05)

    def fit(self, epochs):
        self.model.train()
        for _ in range(epochs):
            for number, (x, y) in enumerate(self.loader, 1):
                loss = self.criterion(self.model(x), y)  # finding: accumulation-mean
                (loss / self.accumulate).backward()  # finding: accumulation-mean
                if number % self.accumulate == 0:
                    self.optimizer.step()
                    self.optimizer.zero_grad()


torch.manual_seed(0)
x = torch.randn(256, 5)
y = (x[:, 0] > 0.9).long()
Trainer(nn.Linear(5, 2), DataLoader(TensorDataset(x, y), batch_size=16, shuffle=True), 2).fit(2)

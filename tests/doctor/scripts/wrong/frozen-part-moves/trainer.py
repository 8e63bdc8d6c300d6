import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def freeze(module):
    module.eval()
    module.requires_grad_(False)


class Trainer:
    def __init__(self, model, loader):
        freeze(model[0])
        self.model, self.loader, self.criterion = model, loader, nn.CrossEntropyLoss()
        self.optimizer = torch.optim.AdamW(model[1].parameters(), lr=1e-2)

    def fit(self, epochs):
        for epoch in range(epochs):
            self.model.train()
            for x, y in self.loader:
                self.optimizer.zero_grad()
                scores = self.model(x)  # finding: frozen-part-moves
                self.criterion(scores, y).backward()
                self.optimizer.step()


torch.manual_seed(0)
x = torch.randn(96, 8)
encoder = nn.Sequential(nn.Linear(8, 16), nn.BatchNorm1d(16), nn.ReLU())
model = nn.Sequential(encoder, nn.Linear(16, 2))
Trainer(model, DataLoader(TensorDataset(x, (x[:, 0] > 0).long()), 16, shuffle=True)).fit(2)

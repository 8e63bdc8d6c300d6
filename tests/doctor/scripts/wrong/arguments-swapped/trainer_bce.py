"""A Trainer whose step hands label and score to the criterion as sklearn's metrics take them."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Trainer:
    def __init__(self, model, lr):
        self.model = model
        self.criterion = nn.BCEWithLogitsLoss()
        self.optimizer = torch.optim.SGD(model.parameters(), lr=lr)

    def step(self, features, label):
        score = self.model(features).squeeze(1)
        loss = self.criterion(label, score)  # finding: arguments-swapped
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def fit(self, loader, epochs):
        for epoch in range(epochs):
            history = [self.step(features, label) for features, label in loader]
            print(epoch, history[-1])


torch.manual_seed(0)
x = torch.randn(240, 5)
loader = DataLoader(TensorDataset(x, (x[:, 0] > 0).float()), batch_size=24, shuffle=True)
Trainer(nn.Linear(5, 1), lr=0.05).fit(loader, 2)

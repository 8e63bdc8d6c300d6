"""A callback keeps dict(model.state_dict()) and restores it at the end of the training."""
import torch
from torch import nn


class KeepBest:
    def __init__(self):
        self.value, self.weights = float("inf"), None

    def on_epoch_end(self, trainer, value):
        if value < self.value:
            self.value = value
            self.weights = dict(trainer.model.state_dict())  # finding: best-weights-alias

    def on_train_end(self, trainer):
        trainer.model.load_state_dict(self.weights)


class Trainer:
    def __init__(self, model, callbacks):
        self.model, self.callbacks = model, callbacks
        self.optimizer = torch.optim.SGD(model.parameters(), lr=3.0)

    def run(self, train, val, epochs):
        for _ in range(epochs):
            for x in train:
                self.optimizer.zero_grad()
                nn.functional.cross_entropy(self.model(x), x[:, :3].argmax(1)).backward()
                self.optimizer.step()
            with torch.no_grad():
                value = nn.functional.cross_entropy(self.model(val), val[:, :3].argmax(1)).item()
            for callback in self.callbacks:
                callback.on_epoch_end(self, value)
        for callback in self.callbacks:
            callback.on_train_end(self)


torch.manual_seed(0)
Trainer(nn.Linear(6, 3), [KeepBest()]).run(list(torch.randn(6, 16, 6)), torch.randn(60, 6), 5)

"""An engine with events, a running average of detached values, and a metric class."""
from collections import defaultdict

import torch
from torch import nn


class Engine:
    def __init__(self, fn):
        self.fn, self.handlers, self.iteration = fn, defaultdict(list), 0

    def on(self, event):
        return self.handlers[event].append

    def run(self, data, epochs=1):
        for _ in range(epochs):
            for batch in data:
                self.iteration += 1
                self.output = self.fn(self, batch)
                for h in self.handlers["iteration"]:
                    h(self)
            for h in self.handlers["epoch"]:
                h(self)


torch.manual_seed(0)
model = nn.Sequential(nn.Linear(6, 20), nn.ReLU(), nn.Dropout(0.1), nn.Linear(20, 4))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, nesterov=True, momentum=0.9)
criterion = nn.CrossEntropyLoss()
train = [(x, x[:, :4].argmax(1)) for x in torch.randn(8, 32, 6)]
test = [(x, x[:, :4].argmax(1)) for x in torch.randn(3, 32, 6)]


def step(engine, batch):
    model.train()
    x, y = batch
    optimizer.zero_grad()
    y_pred = model(x)
    loss = criterion(y_pred, y)
    loss.backward()
    optimizer.step()
    return loss.item()


def infer(engine, batch):
    model.eval()
    with torch.no_grad():
        x, y = batch
        return (model(x).argmax(1) == y).float().mean().item()


trainer, evaluator = Engine(step), Engine(infer)
average = [0.0]


@trainer.on("iteration")
def smooth(engine):
    average[0] = 0.9 * average[0] + 0.1 * engine.output


@trainer.on("epoch")
def validate(engine):
    evaluator.run(test)
    print(round(average[0], 3), round(evaluator.output, 3))


trainer.run(train, 3)

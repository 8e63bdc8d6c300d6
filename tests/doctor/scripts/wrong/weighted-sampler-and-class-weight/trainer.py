import torch
import torch.nn.functional as F
from torch import nn
from torch.utils import data


def balanced_loader(dataset, labels, batch_size):
    frequency = torch.bincount(labels).float()
    weights = (1.0 / frequency)[labels].double()
    sampler = data.sampler.WeightedRandomSampler(weights, len(weights))
    return data.DataLoader(dataset, batch_size=batch_size, sampler=sampler)


class Experiment:
    def __init__(self, labels):
        self.model = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 3))
        self.class_weights = len(labels) / torch.bincount(labels).float() / 3
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.1)

    def step(self, batch):
        x, y = batch
        loss = F.cross_entropy(self.model(x), y, weight=self.class_weights)  # finding: weighted-sampler-and-class-weight
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()


if __name__ == "__main__":
    torch.manual_seed(0)
    y = torch.multinomial(torch.tensor([0.8, 0.15, 0.05]), 300, replacement=True)
    x = torch.randn(300, 5) + y[:, None]
    experiment = Experiment(y)
    for epoch in range(2):
        for batch in balanced_loader(data.TensorDataset(x, y), y, 30):
            experiment.step(batch)

import torch
from torch import nn
from torch.utils.data import BatchSampler, DataLoader, TensorDataset
from torch.utils.data.distributed import DistributedSampler


class Engine:
    def __init__(self, model, data):
        sampler = DistributedSampler(data, num_replicas=1, rank=0, seed=3)
        batches = BatchSampler(sampler, 16, drop_last=False)
        self.loader = DataLoader(data, batch_sampler=batches)  # finding: sampler-without-set-epoch
        self.model, self.criterion = model, nn.BCEWithLogitsLoss()
        self.optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def run(self, epochs):
        for epoch in range(epochs):
            total = 0.0
            for x, y in self.loader:
                loss = self.criterion(self.model(x).squeeze(1), y)
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
                total += loss.item()
            print(epoch, total)


torch.manual_seed(0)
x = torch.randn(64, 4)
Engine(nn.Linear(4, 1), TensorDataset(x, (x.sum(1) > 0).float())).run(4)

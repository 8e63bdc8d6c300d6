import torch
from torch import nn


def init_weights(module):
    if isinstance(module, nn.Linear):
        nn.init.kaiming_normal_(module.weight)
        nn.init.zeros_(module.bias)


class Trainer:
    def __init__(self, path):
        self.model = nn.Sequential(nn.Linear(5, 10), nn.ReLU(), nn.Linear(10, 2))
        self.model.load_state_dict(torch.load(path))  # finding: load-matched-nothing
        self.model.apply(init_weights)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.1)
        self.criterion = nn.CrossEntropyLoss()

    def run(self):
        for _ in range(6):
            x = torch.randn(16, 5)
            self.optimizer.zero_grad()
            loss = self.criterion(self.model(x), (x[:, 0] > 0).long())
            loss.backward()
            self.optimizer.step()
        print(loss.item())


torch.manual_seed(0)
torch.save(nn.Sequential(nn.Linear(5, 10), nn.ReLU(), nn.Linear(10, 2)).state_dict(), "weights.pt")
Trainer("weights.pt").run()

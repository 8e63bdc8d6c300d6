import torch
from torch import nn
from torch.optim.lr_scheduler import MultiStepLR
from torch.utils.data import DataLoader, TensorDataset


class Trainer:
    def __init__(self, model):
        self.model = model
        self.optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
        self.schedule = MultiStepLR(self.optimizer, milestones=[3, 6, 9], gamma=0.1)
        self.criterion = nn.BCEWithLogitsLoss()

    def training_step(self, x, y):
        self.optimizer.zero_grad()
        loss = self.criterion(self.model(x).squeeze(1), y)
        loss.backward()
        self.optimizer.step()
        self.schedule.step()  # finding: scheduler-cadence
        return loss.item()


torch.manual_seed(0)
x = torch.randn(96, 4)
loader = DataLoader(TensorDataset(x, (x.sum(1) > 0).float()), batch_size=8)
trainer = Trainer(nn.Linear(4, 1))
for epoch in range(3):
    print(sum(trainer.training_step(a, b) for a, b in loader))

"""self.fc2 is built and never used: forward calls fc1 twice by a slip."""
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = torch.nn.Linear(8, 8)
        self.fc2 = torch.nn.Linear(8, 8)
        self.out = torch.nn.Linear(8, 4)

    def forward(self, x):
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc1(x))
        return self.out(x)


class Trainer:
    def __init__(self, model):
        self.model = model
        self.optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

    def train_batch(self, x, y):
        self.model.train()
        self.optimizer.zero_grad()
        loss = F.cross_entropy(self.model(x), y)
        loss.backward()  # finding: parameters-without-gradient
        self.optimizer.step()  # finding: parameters-without-gradient


torch.manual_seed(0)
x = torch.randn(160, 8)
trainer = Trainer(Net())
for xb, yb in DataLoader(TensorDataset(x, x[:, :4].argmax(1)), batch_size=16, shuffle=True):
    trainer.train_batch(xb, yb)

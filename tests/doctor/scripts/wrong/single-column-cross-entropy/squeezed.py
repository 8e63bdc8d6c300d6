import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


class Churn(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.a = torch.nn.Linear(9, 12)
        self.b = torch.nn.Linear(12, 1)

    def forward(self, x):
        return self.b(torch.relu(self.a(x))).squeeze(1)


def train_one_epoch(model, loader, optimizer):
    model.train()
    for x, y in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)  # finding: single-column-cross-entropy
        loss.backward()
        optimizer.step()


def main():
    torch.manual_seed(4)
    x = torch.randn(160, 9)
    y = (x[:, 1] - x[:, 2] > 0).float()
    loader = DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)
    model = Churn()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(2):
        train_one_epoch(model, loader, optimizer)


if __name__ == "__main__":
    main()

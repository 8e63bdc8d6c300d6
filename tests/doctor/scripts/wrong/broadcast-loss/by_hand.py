import torch
from torch import nn


class Regression(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 1)

    def forward(self, x):
        return self.fc(x)


def train(model, x, y, optimizer):
    prediction = model(x)
    loss = ((prediction - y) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()  # finding: broadcast-loss
    optimizer.step()
    return loss.item()


torch.manual_seed(0)
x = torch.randn(80, 4)
y = x.sum(1)
model = Regression()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(5):
    print(train(model, x, y, optimizer))

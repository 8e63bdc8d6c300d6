"""The head is replaced after the optimizer was built: it holds the old head's parameters."""
# also: parameters-without-gradient
import torch
from torch import nn


class Pretrained(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(10, 16)
        self.fc = nn.Linear(16, 100)

    def forward(self, x):
        return self.fc(torch.relu(self.body(x)))


torch.manual_seed(0)
model = Pretrained()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)  # finding: parameters-not-in-optimizer
model.fc = nn.Linear(16, 4)
criterion = nn.CrossEntropyLoss()
for step in range(10):
    x = torch.randn(32, 10)
    y = x[:, :4].argmax(1)
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()

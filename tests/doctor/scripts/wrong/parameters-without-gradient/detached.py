"""features.detach() cuts the backbone off, although the optimizer is to train it."""
import torch
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(nn.Linear(10, 16), nn.ReLU())
        self.classifier = nn.Linear(16, 3)

    def forward(self, x):
        features = self.backbone(x)
        return self.classifier(features.detach())


torch.manual_seed(0)
model = Model()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for step in range(10):
    x = torch.randn(32, 10)
    y = x[:, :3].argmax(1)
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()  # finding: parameters-without-gradient
    optimizer.step()  # finding: parameters-without-gradient

"""Fine-tuning with the BatchNorm layers in eval mode on purpose, as detection code does."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Dropout(0.1), nn.Linear(288, 3))


def train_mode(module):
    module.train()
    for layer in module.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.eval()


optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for _ in range(10):
    train_mode(model)
    x = torch.rand(8, 3, 8, 8)
    loss = F.cross_entropy(model(x), x.mean((2, 3)).argmax(1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

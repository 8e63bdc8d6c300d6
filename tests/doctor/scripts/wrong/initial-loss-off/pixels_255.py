import torch
import torch.nn as nn
import torch.nn.functional as F


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 6, 5)
        self.fc = nn.Linear(6 * 6 * 6, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv(x)), 2)
        return self.fc(x.flatten(1))


def train(model, optimizer, steps):
    model.train()
    for step in range(steps):
        # uint8 images that nobody divided by 255
        images = torch.randint(0, 256, (16, 1, 16, 16)).float()
        labels = (images.mean((1, 2, 3)).sub(118).clamp(0, 19) / 2).long()
        loss = F.cross_entropy(model(images), labels)  # finding: initial-loss-off
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(f"step {step}: {loss.item():.2f}")


torch.manual_seed(0)
net = LeNet()
train(net, torch.optim.SGD(net.parameters(), lr=1e-5), 8)

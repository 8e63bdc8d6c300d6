"""Channel-last head, H equals the number of classes."""
import torch
from torch import nn


class PixelMLP(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv = nn.Conv2d(2, 12, 3, padding=1)
        self.head = nn.Linear(12, classes)

    def forward(self, x):
        x = torch.relu(self.conv(x)).permute(0, 2, 3, 1)
        return self.head(x)


if __name__ == "__main__":
    torch.manual_seed(0)
    classes = 6
    model = PixelMLP(classes)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    for _ in range(8):
        image = torch.rand(3, 2, classes, classes)
        label = (image[:, 0] * 5.99).long()
        logits = model(image)
        loss = criterion(logits, label)  # finding: class-axis-misplaced
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

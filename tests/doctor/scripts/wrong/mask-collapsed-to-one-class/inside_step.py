"""The truncation happens in the training step, on the device, one line before the loss."""
import torch
from torch import nn


class SegModule(nn.Module):
    def __init__(self, classes=3):
        super().__init__()
        self.net = nn.Conv2d(1, classes, 3, padding=1)
        self.loss = nn.CrossEntropyLoss(reduction="mean")

    def training_step(self, batch):
        image, mask = batch
        logits = self.net(image)
        mask = mask.squeeze(1).to(torch.int64)
        return self.loss(logits, mask)  # finding: mask-collapsed-to-one-class


def data(batch_count):
    for _ in range(batch_count):
        ids = torch.randint(0, 3, (4, 1, 8, 8))
        yield ids / 2 + 0.1 * torch.randn(4, 1, 8, 8), ids / 255.0


torch.manual_seed(0)
module = SegModule()
optimizer = torch.optim.AdamW(module.parameters(), lr=1e-2)
for batch in data(12):
    loss = module.training_step(batch)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()

"""Two heads, two losses of the same batch, summed; per-task meters with detach."""
import torch
import torch.nn.functional as F
from torch import nn


class TwoHeads(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(8, 16), nn.ReLU())
        self.colour = nn.Linear(16, 4)
        self.sick = nn.Linear(16, 1)

    def forward(self, x):
        h = self.trunk(x)
        return self.colour(h), self.sick(h).squeeze(1)


torch.manual_seed(0)
model = TwoHeads()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
meter = torch.zeros(2)
for _ in range(12):
    x = torch.randn(24, 8)
    colour, sick = model(x)
    losses = [F.cross_entropy(colour, x[:, :4].argmax(1)), F.binary_cross_entropy_with_logits(sick, (x[:, 5] > 0).float())]
    total = 0
    for loss, share in zip(losses, (1.0, 0.5)):
        total += share * loss
    optimizer.zero_grad()
    total.backward()
    optimizer.step()
    meter += torch.stack(losses).detach()
print(meter / 12)

import math

import torch
import torch.nn.functional as F


def weights_from_frequencies(frequencies):
    """log(1/f) - 1, negative for what is more frequent than 1/e."""
    return torch.tensor([math.log(1 / f) - 1 for f in frequencies])


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.w = weights_from_frequencies([0.7, 0.2, 0.1])
        self.fc = torch.nn.Linear(4, 3)

    def forward(self, x, y):
        return F.cross_entropy(self.fc(x), y, weight=self.w, reduction="sum") / len(y)  # finding: weight-invalid


torch.manual_seed(0)
model = Model()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for i in range(8):
    y = torch.multinomial(torch.tensor([0.7, 0.2, 0.1]), 32, replacement=True)
    loss = model(torch.randn(32, 4) + y[:, None], y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

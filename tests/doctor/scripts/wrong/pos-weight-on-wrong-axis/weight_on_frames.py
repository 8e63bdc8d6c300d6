"""weight= of BCE, meant per class, on (N, classes, frames) with as many frames as classes."""
import torch
from torch import nn


class SoundEvents(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.gru = nn.GRU(6, 12, batch_first=True)
        self.out = nn.Linear(12, classes)

    def forward(self, x):
        return self.out(self.gru(x)[0]).transpose(1, 2)


torch.manual_seed(0)
classes = 5
model = SoundEvents(classes)
class_weight = torch.tensor([1.0, 1.0, 3.0, 3.0, 9.0])
criterion = nn.BCEWithLogitsLoss(weight=class_weight)  # finding: pos-weight-on-wrong-axis
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for x in torch.randn(10, 8, 5, 6):
    target = (x[:, :, :5] > 0.7).float().transpose(1, 2)
    optimizer.zero_grad()
    criterion(model(x), target).backward()
    optimizer.step()

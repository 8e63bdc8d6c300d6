"""A label-smoothing criterion by hand: KLDiv with log_softmax, padding masked out."""
import torch
from torch import nn


class LabelSmoothing(nn.Module):
    def __init__(self, size, padding_idx, smoothing):
        super().__init__()
        self.criterion = nn.KLDivLoss(reduction="sum")
        self.padding_idx, self.smoothing, self.size = padding_idx, smoothing, size

    def forward(self, x, target):
        true = x.detach().clone().fill_(self.smoothing / (self.size - 2))
        true.scatter_(1, target.unsqueeze(1), 1 - self.smoothing)
        true[:, self.padding_idx] = 0
        true.masked_fill_((target == self.padding_idx).unsqueeze(1), 0)
        return self.criterion(x, true)


torch.manual_seed(0)
model = nn.Sequential(nn.Embedding(20, 12), nn.Linear(12, 20), nn.LogSoftmax(-1))
criterion = LabelSmoothing(20, 0, 0.1)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, betas=(0.9, 0.98), eps=1e-9)
scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: min((s + 1) ** -0.5, (s + 1) * 5**-1.5))
for _ in range(12):
    source = torch.randint(1, 20, (6, 9))
    target = source.clone()
    target[:, 7:] = 0
    norm = (target != 0).sum()
    loss = criterion(model(source).view(-1, 20), target.view(-1)) / norm
    loss.backward()
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    scheduler.step()

# Linear maps in a row that are meant: a bottleneck, LoRA, attention and its head, a residual, a norm in between, a frozen
# projection.
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(48, 4, 8)
y = x[:, 0, :3].argmax(1)


class Lora(nn.Module):
    def __init__(self):
        super().__init__()
        self.base, self.down, self.up = nn.Linear(8, 16), nn.Linear(8, 2, bias=False), nn.Linear(2, 16, bias=False)
        self.out = nn.Linear(16, 3)

    def forward(self, x):
        return self.out(torch.tanh(self.base(x) + self.up(self.down(x)))).mean(1)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention, self.head = nn.MultiheadAttention(8, 2, batch_first=True), nn.Linear(8, 3)

    def forward(self, x):
        return self.head(self.attention(x, x, x)[0][:, 0])


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.norm, self.second, self.head = nn.Linear(8, 8), nn.LayerNorm(8), nn.Linear(8, 8), nn.Linear(8, 3)

    def forward(self, x):
        x = x + self.second(self.norm(self.first(x)))
        return self.head(x.mean(1))


frozen = nn.Sequential(nn.Flatten(), nn.Linear(32, 16), nn.Linear(16, 3))
frozen[1].requires_grad_(False)
bottleneck = nn.Sequential(nn.Flatten(), nn.Linear(32, 2), nn.Linear(2, 3))
for model in (Lora(), Attention(), Residual(), frozen, bottleneck):
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=1e-2)
    for rows in torch.randperm(48).split(12):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
    print(loss.item())

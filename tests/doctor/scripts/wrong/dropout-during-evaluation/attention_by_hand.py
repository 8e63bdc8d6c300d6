import torch
import torch.nn.functional as F
from torch import nn


class Block(nn.Module):
    def __init__(self, width, heads, dropout):
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        n, steps, width = x.shape
        q, k, v = (part.view(n, steps, self.heads, -1).transpose(1, 2) for part in self.qkv(x).chunk(3, -1))
        h = F.scaled_dot_product_attention(q, k, v, dropout_p=self.dropout)  # finding: dropout-during-evaluation
        return x + self.out(h.transpose(1, 2).reshape(n, steps, width))


torch.manual_seed(0)
x = torch.randn(80, 5, 8)
y = (x.mean((1, 2)) > 0).long()
model = nn.Sequential(Block(8, 2, 0.2), nn.Flatten(), nn.Linear(40, 2))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
for epoch in range(3):
    model.train()
    for rows in torch.randperm(60).split(12):
        optimizer.zero_grad()
        F.cross_entropy(model(x[rows]), y[rows]).backward()
        optimizer.step()
    model.eval()
    with torch.inference_mode():
        print((model(x[60:]).argmax(-1) == y[60:]).float().mean().item())

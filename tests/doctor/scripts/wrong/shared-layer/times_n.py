import torch
import torch.nn.functional as F
from torch import nn


class Encoder(nn.Module):
    def __init__(self, layer, n):
        super().__init__()
        self.layers = nn.ModuleList([layer] * n)  # finding: shared-layer
        self.norm = nn.LayerNorm(8)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return self.norm(x)


torch.manual_seed(0)
x = torch.randn(64, 4, 8)
y = (x[:, 0, 0] > 0).long()
encoder, head = Encoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 3), nn.Linear(8, 2)
optimizer = torch.optim.Adam([*encoder.parameters(), *head.parameters()], lr=1e-2)
for rows in torch.randperm(64).split(16):
    optimizer.zero_grad()
    loss = F.cross_entropy(head(encoder(x[rows]).mean(1)), y[rows])
    loss.backward()
    optimizer.step()
print(loss.item())

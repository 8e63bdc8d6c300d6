"""A mixture of experts: softmax over gates weighs the logits of the experts; a load-balancing term beside it."""
import torch
import torch.nn.functional as F
from torch import nn


class MoE(nn.Module):
    def __init__(self, d, c, k):
        super().__init__()
        self.gate = nn.Linear(d, k)
        self.experts = nn.ModuleList(nn.Linear(d, c) for _ in range(k))

    def forward(self, x):
        g = self.gate(x).softmax(-1)
        out = torch.stack([e(x) for e in self.experts], 1)
        return (g.unsqueeze(-1) * out).sum(1), g


torch.manual_seed(0)
model = MoE(8, 4, 3)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for x in torch.randn(14, 30, 8):
    logits, gates = model(x)
    balance = (gates.mean(0) * 3 - 1).pow(2).mean()
    loss = F.cross_entropy(logits, x[:, :4].argmax(1)) + 0.01 * balance
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

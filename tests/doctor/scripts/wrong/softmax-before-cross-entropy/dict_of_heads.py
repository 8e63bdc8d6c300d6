"""Two heads, criteria in a dict; only one head has the softmax."""
import torch
from torch import nn


class MultiHead(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Linear(10, 20)
        self.heads = nn.ModuleDict(
            {"make": nn.Linear(20, 5), "kind": nn.Sequential(nn.Linear(20, 3), nn.Softmax(dim=-1))}
        )

    def forward(self, x):
        h = torch.tanh(self.trunk(x))
        return {name: head(h) for name, head in self.heads.items()}


torch.manual_seed(2)
model = MultiHead()
criteria = {"make": nn.CrossEntropyLoss(), "kind": nn.CrossEntropyLoss()}
optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
for step in range(14):
    x = torch.randn(24, 10)
    y = {"make": x[:, :5].argmax(1), "kind": x[:, 5:8].argmax(1)}
    out = model(x)
    optimizer.zero_grad()
    loss_make = criteria["make"](out["make"], y["make"])
    loss_kind = criteria["kind"](out["kind"], y["kind"])  # finding: softmax-before-cross-entropy
    (loss_make + loss_kind).backward()
    optimizer.step()

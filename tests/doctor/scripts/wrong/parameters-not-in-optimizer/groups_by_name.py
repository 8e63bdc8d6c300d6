"""Parameter groups by name: whatever is neither "weight" nor in a norm falls through."""
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(8)
        self.fc = nn.Linear(8, 8)
        self.scale = nn.Parameter(torch.ones(8))
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        return self.head(x + self.scale * torch.relu(self.fc(self.norm(x))))


torch.manual_seed(0)
model = Block()
decay = [p for n, p in model.named_parameters() if n.endswith("weight") and "norm" not in n]
no_decay = [p for n, p in model.named_parameters() if "norm" in n]
optimizer = torch.optim.AdamW(  # finding: parameters-not-in-optimizer
    [{"params": decay, "weight_decay": 0.01}, {"params": no_decay, "weight_decay": 0.0}], lr=1e-2
)
for _ in range(12):
    x = torch.randn(16, 8)
    loss = nn.functional.cross_entropy(model(x), x[:, :3].argmax(1))
    model.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()

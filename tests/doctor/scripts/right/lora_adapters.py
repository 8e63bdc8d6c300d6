"""Low-rank adapters on a frozen base; the optimizer gets what requires a gradient."""
import torch
from torch import nn


class LoRA(nn.Module):
    def __init__(self, base, r=2):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.a = nn.Parameter(torch.randn(r, base.in_features) * 0.1)
        self.b = nn.Parameter(torch.zeros(base.out_features, r))

    def forward(self, x):
        return self.base(x) + x @ self.a.t() @ self.b.t()


torch.manual_seed(0)
model = nn.Sequential(LoRA(nn.Linear(8, 32)), nn.ReLU(), nn.Dropout(0.05), LoRA(nn.Linear(32, 5)))
optimizer = torch.optim.AdamW(filter(lambda p: p.requires_grad, model.parameters()), lr=1e-2)
model.train()
for x in torch.randn(16, 24, 8):
    loss = nn.functional.cross_entropy(model(x), x[:, :5].argmax(1))
    loss.backward()
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)

"""sqrt at 0: the forward pass is fine, the gradient is infinite, the weights become NaN."""
import torch
from torch import nn


class Norms(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(6, 8)
        self.b = nn.Linear(9, 3)

    def forward(self, x):
        h = torch.relu(self.a(x))
        length = (h * (x[:, :1] > 0)).pow(2).sum(1, keepdim=True).sqrt()
        return self.b(torch.cat([h, length], 1))


torch.manual_seed(0)
model = Norms()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for step in range(8):
    x = torch.randn(16, 6)
    logits = model(x)
    loss = nn.functional.cross_entropy(logits, x[:, :3].argmax(1))  # finding: nan-loss
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(step, float(loss.detach()))

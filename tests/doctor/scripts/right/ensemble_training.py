"""Members train one after the other, each with its own optimizer; probabilities are averaged under no_grad."""
import torch
from torch import nn

torch.manual_seed(0)
members = [nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 3)) for _ in range(3)]
for member in members:
    optimizer = torch.optim.Adam(member.parameters(), lr=1e-2)
    member.train()
    for x in torch.randn(8, 24, 6):
        loss = nn.functional.cross_entropy(member(x), x[:, :3].argmax(1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    member.eval()
with torch.no_grad():
    x = torch.randn(60, 6)
    p = torch.stack([m(x).softmax(1) for m in members]).mean(0)
print((p.argmax(1) == x[:, :3].argmax(1)).float().mean().item())

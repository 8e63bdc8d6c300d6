"""model.train without parentheses after the validation."""
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(8, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 4))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
val = torch.randn(50, 8)
for epoch in range(3):
    for x in torch.randn(6, 32, 8):
        optimizer.zero_grad()
        logits = model(x)  # finding: eval-mode-during-training
        nn.functional.cross_entropy(logits, x[:, :4].argmax(1)).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        print(epoch, (model(val).argmax(1) == val[:, :4].argmax(1)).float().mean().item())
    model.train

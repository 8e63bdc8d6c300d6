"""model.eval without parentheses does nothing."""
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Dropout(0.4), nn.Linear(32, 4))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
val = [(x, x[:, :4].argmax(1)) for x in torch.randn(4, 25, 8)]
for epoch in range(3):
    model.train()
    for x in torch.randn(6, 32, 8):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), x[:, :4].argmax(1)).backward()
        optimizer.step()
    model.eval
    with torch.no_grad():
        right = sum((model(x).argmax(1) == y).sum().item() for x, y in val)  # finding: train-mode-during-evaluation
    print(epoch, right / 100)

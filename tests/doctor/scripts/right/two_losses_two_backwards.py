"""Semi-supervised: a supervised and a consistency loss of other batch sizes go backward one after the other."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for _ in range(12):
    x, unlabelled = torch.randn(16, 8), torch.randn(48, 8)
    optimizer.zero_grad()
    F.cross_entropy(model(x), x[:, :4].argmax(1)).backward()
    with torch.no_grad():
        confidence, pseudo = model(unlabelled).softmax(1).max(1)
    keep = confidence > 0.3
    if keep.any():
        noisy = unlabelled[keep] + 0.1 * torch.randn(int(keep.sum()), 8)
        (0.5 * F.cross_entropy(model(noisy), pseudo[keep])).backward()
    optimizer.step()

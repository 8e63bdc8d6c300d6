"""Missing labels are -1 and masked out of an unreduced loss, in two idioms."""
import torch
import torch.nn.functional as F

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(16, 32), torch.nn.ReLU(), torch.nn.Linear(32, 12))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for step in range(12):
    x = torch.randn(32, 16)
    y = (x[:, :12] > 0).float()
    y[torch.rand_like(y) < 0.3] = -1
    valid = y >= 0
    logits = model(x)
    if step % 2:
        loss = F.binary_cross_entropy_with_logits(logits[valid], y[valid])
    else:
        loss = F.binary_cross_entropy_with_logits(logits, y.clamp(min=0), reduction="none")
        loss = (loss * valid).sum() / valid.sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

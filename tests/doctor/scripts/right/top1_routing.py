"""Each sample goes to one expert; in a small batch some experts get nothing."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
experts = nn.ModuleList(nn.Linear(6, 3) for _ in range(6))
router = nn.Linear(6, 6)
optimizer = torch.optim.SGD([*experts.parameters(), *router.parameters()], lr=0.1)
for x in torch.randn(30, 8, 6):
    score, index = router(x).softmax(1).max(1)
    logits = torch.stack([experts[i](row) * s for row, i, s in zip(x, index.tolist(), score)])
    loss = F.cross_entropy(logits, x[:, :3].argmax(1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

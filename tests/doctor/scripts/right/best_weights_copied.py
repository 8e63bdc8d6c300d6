"""Best weights: deepcopy, clone by clone, and through a buffer; all are real copies."""
import copy
import io

import torch
import torch.nn.functional as F

torch.manual_seed(0)
x = torch.randn(200, 5)
y = x[:, :3].argmax(1)
model = torch.nn.Linear(5, 3)
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
best, best_deep, best_clone, best_bytes = -1.0, None, None, None
for epoch in range(4):
    for idx in torch.randperm(150).split(30):
        loss = F.cross_entropy(model(x[idx]), y[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        acc = (model(x[150:]).argmax(1) == y[150:]).float().mean().item()
    if acc > best:
        best = acc
        best_deep = copy.deepcopy(model.state_dict())
        best_clone = {k: v.detach().clone() for k, v in model.state_dict().items()}
        buffer = io.BytesIO()
        torch.save(model.state_dict(), buffer)
        best_bytes = buffer.getvalue()
model.load_state_dict(best_deep)
model.load_state_dict(best_clone)
model.load_state_dict(torch.load(io.BytesIO(best_bytes), weights_only=True))

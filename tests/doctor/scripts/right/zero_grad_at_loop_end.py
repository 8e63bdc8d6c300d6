"""step, then zero_grad: the same thing, the other way round."""
import torch
import torch.nn.functional as F

torch.manual_seed(0)
model = torch.nn.Linear(5, 3)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for _ in range(15):
    x = torch.randn(16, 5)
    F.cross_entropy(model(x), x[:, :3].argmax(1)).backward()
    optimizer.step()
    optimizer.zero_grad()

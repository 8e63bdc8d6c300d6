"""300 classes, 8 batches of 16: most classes were not seen, and that says nothing."""
import torch
import torch.nn.functional as F

torch.manual_seed(0)
model = torch.nn.Linear(20, 300)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(8):
    y = torch.randint(300, (16,))
    x = torch.randn(16, 20) + y[:, None] / 300
    loss = F.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

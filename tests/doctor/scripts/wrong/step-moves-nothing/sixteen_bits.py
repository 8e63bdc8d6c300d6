import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 4)).to(torch.bfloat16)
optimizer = torch.optim.SGD(model.parameters(), lr=1e-6)
for step in range(20):
    x = torch.randn(32, 16)
    optimizer.zero_grad()
    loss = F.cross_entropy(model(x.bfloat16()).float(), x[:, :4].argmax(1))
    loss.backward()
    optimizer.step()  # finding: step-moves-nothing
print(loss.item())

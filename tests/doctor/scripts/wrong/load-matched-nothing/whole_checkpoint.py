# 把整个检查点字典传给 load_state_dict，strict=False 掩盖了错误
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Conv1d(2, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(24, 2))
torch.save({"state_dict": net.state_dict(), "epoch": 3}, "model.ckpt")
net = nn.Sequential(nn.Conv1d(2, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(24, 2))
missing = net.load_state_dict(torch.load("model.ckpt"), strict=False)  # finding: load-matched-nothing
optimizer = torch.optim.Adam(net.parameters())
for step in range(6):
    x = torch.randn(12, 2, 8)
    loss = nn.functional.cross_entropy(net(x), (x[:, 0, 0] > 0).long())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(loss.item())

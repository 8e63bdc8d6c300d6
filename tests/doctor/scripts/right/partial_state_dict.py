"""Own state_dict updated with pretrained tensors and loaded back, before training: the usual recipe."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
pretrained = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 100)).state_dict()
model = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 3))
model_dict = model.state_dict()
usable = {k: v for k, v in pretrained.items() if model_dict[k].shape == v.shape}
model_dict.update(usable)
model.load_state_dict(model_dict)
twin = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 3))
twin.load_state_dict(model.state_dict())
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for _ in range(10):
    x = torch.randn(16, 6)
    loss = F.cross_entropy(model(x), x[:, :3].argmax(1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
checkpoint = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 1}
torch.save(checkpoint, "last.pt")

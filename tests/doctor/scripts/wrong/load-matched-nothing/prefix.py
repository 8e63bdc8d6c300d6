import torch
import torch.nn.functional as F
from torch import nn


class Backbone(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(6, 12), nn.Linear(12, 3)

    def forward(self, x):
        return self.fc2(self.fc1(x).relu())


torch.manual_seed(0)
torch.save({f"module.encoder.{name}": value for name, value in Backbone().state_dict().items()}, "pretrained.pt")
model = Backbone()
model.load_state_dict(torch.load("pretrained.pt"), strict=False)  # finding: load-matched-nothing
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for step in range(8):
    x = torch.randn(16, 6)
    optimizer.zero_grad()
    loss = F.cross_entropy(model(x), x[:, :3].argmax(1))
    loss.backward()
    optimizer.step()
print(loss.item())

# Checkpoints that are loaded in part, for a reason: all but a new head, a head that is drawn anew, adapters alone, weights
# drawn first and loaded then, an empty module beside.
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)


def build():
    return nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 3))


def train(model):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(4):
        x = torch.randn(16, 6)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), x[:, :3].argmax(1))
        loss.backward()
        optimizer.step()
    print(loss.item())


saved = build().state_dict()
model = build()
model.load_state_dict({name: value for name, value in saved.items() if name.startswith("0.")}, strict=False)
train(model)
model.load_state_dict(saved)
nn.init.xavier_uniform_(model[2].weight)
nn.init.zeros_(model[2].bias)
train(model)
for part in (model[0], model[2]):
    nn.init.orthogonal_(part.weight)
model.load_state_dict(saved)
train(model)
for part in (model[0], model[2]):
    nn.init.normal_(part.weight, std=0.1)
train(model)
tied = nn.Sequential(nn.Linear(6, 6), nn.Linear(6, 6))
tied[1].weight = tied[0].weight
tied.load_state_dict({"0.bias": torch.zeros(6), "2.bias": torch.zeros(6)}, strict=False)
print(nn.Flatten().load_state_dict({}, strict=False))

# Frozen parts whose batch norm stands still, or is meant to move: eval mode after train(), statistics off, unfrozen later,
# a critic that is frozen in the generator's turn only.
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(120, 6)
y = (x[:, 0] > 0).long()


def build(norm=None):
    body = nn.Sequential(nn.Linear(6, 8), norm or nn.BatchNorm1d(8), nn.ReLU())
    body.requires_grad_(False)
    model = nn.Sequential(body, nn.Linear(8, 2))
    return model, body, torch.optim.SGD(model[1].parameters(), lr=0.1)


def epoch(model, optimizer):
    for rows in torch.randperm(120).split(24):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
    print(loss.item())


model, body, optimizer = build()
for _ in range(2):
    model.train()
    body.eval()
    epoch(model, optimizer)
model, body, optimizer = build(nn.BatchNorm1d(8, track_running_stats=False))
epoch(model, optimizer)
model, body, optimizer = build()
epoch(model, optimizer)
body.requires_grad_(True)
optimizer.add_param_group({"params": body.parameters()})
epoch(model, optimizer)

generator = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 6))
critic = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 1))
for_critic = torch.optim.Adam(critic.parameters(), lr=1e-3)
for_generator = torch.optim.Adam(generator.parameters(), lr=1e-3)
for step in range(8):
    fake = generator(torch.randn(20, 3))
    critic.requires_grad_(True)
    for_critic.zero_grad()
    (critic(fake.detach()).mean() - critic(x[:20]).mean()).backward()
    for_critic.step()
    critic.requires_grad_(False)
    for_generator.zero_grad()
    (-critic(fake).mean()).backward()
    for_generator.step()

# Averages whose batch norm follows: buffers copied, averaged with the state, recomputed by update_bn; a frozen teacher, and
# a copy without batch norm.
import copy

import torch
import torch.nn.functional as F
from torch import nn
from torch.optim.swa_utils import AveragedModel, update_bn

torch.manual_seed(0)
x = torch.randn(120, 6) + 1
y = x[:, :3].argmax(1)


def build(norm=True):
    return nn.Sequential(nn.Linear(6, 12), nn.BatchNorm1d(12) if norm else nn.ReLU(), nn.Linear(12, 3))


def buffers_too(average, model):
    for mean, now in zip(average.parameters(), model.parameters()):
        mean.data.lerp_(now.data, 0.2)
    for mean, now in zip(average.buffers(), model.buffers()):
        mean.copy_(now)


def whole_state(average, model):
    state = model.state_dict()
    for name, mean in average.state_dict().items():
        if mean.is_floating_point():
            mean.lerp_(state[name], 0.2)


def parameters_only(average, model):
    for mean, now in zip(average.parameters(), model.parameters()):
        mean.data.lerp_(now.data, 0.2)


def nothing(average, model):
    pass


def train(model, average, update):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for epoch in range(2):
        model.train()
        for rows in torch.randperm(96).split(16):
            optimizer.zero_grad()
            F.cross_entropy(model(x[rows]), y[rows]).backward()
            optimizer.step()
            update(average, model)
        average.eval()
        with torch.no_grad():
            print((average(x[96:]).argmax(1) == y[96:]).float().mean().item())


for update in (buffers_too, whole_state, nothing):
    model = build()
    train(model, copy.deepcopy(model), update)
model = build(norm=False)
train(model, copy.deepcopy(model), parameters_only)
model = build()
swa = AveragedModel(model)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(2):
    for rows in torch.randperm(96).split(16):
        optimizer.zero_grad()
        F.cross_entropy(model(x[rows]), y[rows]).backward()
        optimizer.step()
    swa.update_parameters(model)
update_bn(x.split(16), swa)
swa.eval()
with torch.no_grad():
    print((swa(x[96:]).argmax(1) == y[96:]).float().mean().item())

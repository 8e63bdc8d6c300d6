# Clips of every kind that are in time: after unscale_, with a limit times the scale, once per accumulated step, of the
# discriminator alone; and norms that are measured only, wherever.
import torch
from torch import nn
from torch.nn.utils import clip_grad_norm_

torch.manual_seed(0)
x = torch.randn(128, 6)
y = x[:, :3].argmax(1)
criterion = nn.CrossEntropyLoss()


def build():
    model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))
    return model, torch.optim.SGD(model.parameters(), lr=0.1), torch.amp.GradScaler("cpu", init_scale=1024.0)


model, optimizer, scaler = build()
for rows in torch.randperm(128).split(16):
    optimizer.zero_grad()
    scaler.scale(criterion(model(x[rows]), y[rows])).backward()
    scaler.unscale_(optimizer)
    clip_grad_norm_(model.parameters(), 1.0)
    scaler.step(optimizer)
    scaler.update()
    norm = clip_grad_norm_(model.parameters(), float("inf"))

model, optimizer, scaler = build()
for rows in torch.randperm(128).split(16):
    optimizer.zero_grad()
    scaler.scale(criterion(model(x[rows]), y[rows])).backward()
    clip_grad_norm_(model.parameters(), 1.0 * scaler.get_scale())
    scaler.step(optimizer)
    scaler.update()

model, optimizer, _ = build()
for number, rows in enumerate(torch.randperm(128).split(8)):
    (criterion(model(x[rows]), y[rows]) / 2).backward()
    if number % 2:
        optimizer.step()
        optimizer.zero_grad()
    clip_grad_norm_(model.parameters(), 1.0)
print(norm)

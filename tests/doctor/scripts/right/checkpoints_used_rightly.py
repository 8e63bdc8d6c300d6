# Checkpoints with an optimizer in them: resumed whole, tested only, the start of a fine-tuning with another optimizer, the
# best weights set back while the optimizer goes on.
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(90, 6)
y = x[:, :3].argmax(1)


def build(kind=torch.optim.Adam):
    model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))
    return model, kind(model.parameters(), lr=1e-2)


def epoch(model, optimizer):
    for rows in torch.randperm(90).split(30):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
    return loss.item()


model, optimizer = build()
print(epoch(model, optimizer))
torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 1}, "last.pt")

model, optimizer = build()
saved = torch.load("last.pt")
model.load_state_dict(saved["model"])
optimizer.load_state_dict(saved["optimizer"])
print(epoch(model, optimizer))

epoch(model, optimizer)
model.load_state_dict(torch.load("last.pt")["model"])
print(epoch(model, optimizer))

tuned, slow = build(lambda parameters, lr: torch.optim.SGD(parameters, lr=lr / 10, momentum=0.9))
tuned.load_state_dict(torch.load("last.pt")["model"])
print(epoch(tuned, slow))

tested, _ = build()
tested.load_state_dict(torch.load("last.pt")["model"])
with torch.no_grad():
    print((tested(x).argmax(1) == y).float().mean().item())

# A body of the checkpoint under a new head, each with a rate of its own: the same files, another training.
body, head = build()[0][:2], nn.Linear(16, 3)
body.load_state_dict({k: v for k, v in torch.load("last.pt")["model"].items() if k.startswith("0.")})
groups = [{"params": body.parameters(), "lr": 1e-4}, {"params": head.parameters(), "lr": 1e-3}]
print(epoch(nn.Sequential(*body, head), torch.optim.AdamW(groups)))

"""nn.DataParallel around the model (on a CPU it only passes calls on), state saved from .module."""
import torch
from torch import nn

torch.manual_seed(0)
model = nn.DataParallel(nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 3)))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(3):
    model.train()
    for x in torch.randn(6, 24, 6):
        optimizer.zero_grad()
        criterion(model(x), x[:, :3].argmax(1)).backward()
        optimizer.step()
    model.train(False)
    with torch.no_grad():
        x = torch.randn(60, 6)
        print(epoch, (model(x).data.max(1)[1] == x[:, :3].argmax(1)).float().mean().item())
    torch.save(model.module.state_dict(), "net.pt")

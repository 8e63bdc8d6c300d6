"""The loss goes into a log, a dictionary of lists, with its graph."""
from collections import defaultdict

import torch
from torch import nn

torch.manual_seed(0)
log = defaultdict(list)
model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 4))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
criterion = nn.CrossEntropyLoss()
for epoch in range(2):
    for x in torch.randn(8, 20, 8):
        loss = criterion(model(x), x[:, :4].argmax(1))  # finding: graph-kept-across-batches
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        log["train/loss"].append(loss)  # finding: graph-kept-across-batches
    print(sum(log["train/loss"]).detach() / len(log["train/loss"]))

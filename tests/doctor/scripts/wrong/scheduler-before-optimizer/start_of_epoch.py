"""scheduler.step() at the top of the epoch: the first learning rate is skipped."""
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(5, 3)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.1)
criterion = nn.CrossEntropyLoss()
for epoch in range(4):
    scheduler.step()  # finding: scheduler-before-optimizer
    for _ in range(4):
        x = torch.randn(16, 5)
        optimizer.zero_grad()
        loss = criterion(model(x), x[:, :3].argmax(1))
        loss.backward()
        optimizer.step()

"""GradScaler: scaler.step is the step, and nothing clears the gradients."""
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 4))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
scaler = torch.amp.GradScaler("cpu", init_scale=4.0)
for step in range(15):
    x = torch.randn(32, 8)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = criterion(model(x), x[:, :4].argmax(1))
    scaler.scale(loss).backward()
    scaler.step(optimizer)  # finding: missing-zero-grad
    scaler.update()

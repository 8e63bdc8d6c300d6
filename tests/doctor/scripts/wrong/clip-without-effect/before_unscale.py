import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def train(model, loader, optimizer, scaler, clip=1.0):
    for x, y in loader:
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = nn.functional.cross_entropy(model(x), y)
        scaler.scale(loss).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), clip)  # finding: clip-without-effect
        scaler.step(optimizer)
        scaler.update()
    return loss.item()


torch.manual_seed(0)
x = torch.randn(96, 6)
y = x[:, :3].argmax(1)
model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scaler = torch.amp.GradScaler("cpu")
loader = DataLoader(TensorDataset(x, y), batch_size=16, shuffle=True)
for epoch in range(2):
    print(train(model, loader, optimizer, scaler))

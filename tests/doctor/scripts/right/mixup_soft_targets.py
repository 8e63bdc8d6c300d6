"""mixup in both forms: soft rows that sum to 1, and two index losses."""
import torch
import torch.nn.functional as F

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.ReLU(), torch.nn.Linear(16, 4))
criterion = torch.nn.CrossEntropyLoss(label_smoothing=0.1)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for step in range(12):
    x = torch.randn(32, 8)
    y = x[:, :4].argmax(1)
    lam = float(torch.distributions.Beta(0.4, 0.4).sample())
    index = torch.randperm(32)
    mixed = lam * x + (1 - lam) * x[index]
    if step % 2:
        target = lam * F.one_hot(y, 4).float() + (1 - lam) * F.one_hot(y[index], 4).float()
        loss = criterion(model(mixed), target)
    else:
        output = model(mixed)
        loss = lam * criterion(output, y) + (1 - lam) * criterion(output, y[index])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

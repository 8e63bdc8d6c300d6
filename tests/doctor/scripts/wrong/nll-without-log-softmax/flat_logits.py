import torch
import torch.nn as nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(10, 20), nn.ReLU(), nn.Linear(20, 3))
criterion = nn.NLLLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for step in range(10):
    x = torch.randn(32, 10)
    y = x[:, :3].argmax(1)
    out = model(x)
    loss = criterion(out, y)  # finding: nll-without-log-softmax
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(step, loss.item())

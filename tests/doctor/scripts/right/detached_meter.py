"""The running loss is a tensor, but detached."""
import torch
import torch.nn.functional as F

torch.manual_seed(0)
model = torch.nn.Linear(6, 3)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
history = []
for epoch in range(2):
    running, count = torch.zeros(()), 0
    for batch in torch.randn(50, 6).split(16):
        loss = F.cross_entropy(model(batch), batch[:, :3].argmax(1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        running += loss.detach() * len(batch)
        count += len(batch)
        history.append(loss.detach())
    print(epoch, (running / count).item())

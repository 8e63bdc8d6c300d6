"""Teacher probabilities as soft targets of cross_entropy."""
import torch
import torch.nn.functional as F

torch.manual_seed(0)
teacher = torch.nn.Linear(6, 4).requires_grad_(False)
student = torch.nn.Linear(6, 4)
optimizer = torch.optim.SGD(student.parameters(), lr=0.1)
for _ in range(10):
    x = torch.randn(16, 6)
    target = teacher(x).softmax(1)
    loss = F.cross_entropy(student(x), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

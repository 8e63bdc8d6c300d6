"""Two models; the gradients of the wrong one are cleared."""
import torch
from torch import nn

torch.manual_seed(0)
student = nn.Linear(5, 3)
teacher = nn.Linear(5, 3)
optimizer = torch.optim.Adam(student.parameters(), lr=1e-3)
loss_fn = nn.CrossEntropyLoss()
for step in range(12):
    x = torch.randn(20, 5)
    y = x[:, :3].argmax(1)
    teacher.zero_grad()
    loss = loss_fn(student(x), y)
    loss.backward()
    optimizer.step()  # finding: missing-zero-grad

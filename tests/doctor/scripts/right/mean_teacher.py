"""Mean teacher: the EMA teacher runs in train mode with dropout on purpose, detached, in the same step."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
student = nn.Sequential(nn.Linear(8, 24), nn.ReLU(), nn.Dropout(0.3), nn.Linear(24, 4))
teacher = nn.Sequential(nn.Linear(8, 24), nn.ReLU(), nn.Dropout(0.3), nn.Linear(24, 4))
teacher.load_state_dict(student.state_dict())
for p in teacher.parameters():
    p.detach_()
optimizer = torch.optim.SGD(student.parameters(), lr=0.1)
student.train()
teacher.train()
for step in range(14):
    x, u = torch.randn(16, 8), torch.randn(16, 8)
    with torch.no_grad():
        goal = teacher(u).softmax(1)
    supervised = F.cross_entropy(student(x), x[:, :4].argmax(1))
    consistency = F.mse_loss(student(u).softmax(1), goal)
    optimizer.zero_grad()
    (supervised + 0.5 * consistency).backward()
    optimizer.step()
    with torch.no_grad():
        for t, s in zip(teacher.parameters(), student.parameters()):
            t.mul_(0.95).add_(s, alpha=0.05)

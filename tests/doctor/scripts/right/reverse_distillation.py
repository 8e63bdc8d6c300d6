"""The student's own probabilities are the target, under the logits of a fixed teacher: mode seeking, and meant."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
teacher, student = nn.Linear(8, 4), nn.Linear(8, 4)
optimizer = torch.optim.SGD(student.parameters(), lr=0.2)
for _ in range(20):
    x = torch.randn(32, 8)
    with torch.no_grad():
        logits = teacher(x)
    loss = F.cross_entropy(logits, student(x).softmax(1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

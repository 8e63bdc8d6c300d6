import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(96, 6)
teacher = nn.Linear(6, 4)
student = nn.Linear(6, 4)
criterion = nn.KLDivLoss(reduction="batchmean")
optimizer = torch.optim.Adam(student.parameters(), lr=1e-2)
for rows in torch.randperm(96).split(16):
    with torch.no_grad():
        wanted = F.softmax(teacher(x[rows]) / 2, dim=1)
    loss = criterion(F.softmax(student(x[rows]) / 2, dim=1), wanted)  # finding: kl-of-probabilities
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(loss.item())

"""Teacher-student: the student returns probabilities, and log_softmax comes on top."""
import torch, torch.nn as nn, torch.nn.functional as F
torch.manual_seed(0)
teacher = nn.Sequential(nn.Linear(10, 64), nn.ReLU(), nn.Linear(64, 5)).eval().requires_grad_(False)
class Student(nn.Module):
    def __init__(self): super().__init__(); self.f = nn.Linear(10, 5)
    def forward(self, x): return F.softmax(self.f(x), dim=1)
student = Student(); opt = torch.optim.Adam(student.parameters(), 1e-2)
T = 2.0
for it in range(60):
    x = torch.randn(32, 10)
    with torch.no_grad(): soft = F.softmax(teacher(x) / T, dim=1)
    out = student(x)
    loss = F.kl_div(F.log_softmax(out / T, dim=1), soft, reduction="batchmean") * T * T  # finding: softmax-before-cross-entropy
    opt.zero_grad(); loss.backward(); opt.step()  # finding: softmax-before-cross-entropy

"""Knowledge distillation: softened teacher probabilities, KLDiv with log_softmax, teacher in eval under no_grad."""
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
teacher = nn.Sequential(nn.Linear(10, 64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 5))
student = nn.Sequential(nn.Linear(10, 8), nn.ReLU(), nn.Dropout(0.1), nn.Linear(8, 5))
teacher.eval()
optimizer = torch.optim.Adam(student.parameters(), lr=1e-2)
T, alpha = 4.0, 0.7
for step in range(12):
    student.train()
    x = torch.randn(32, 10)
    y = x[:, :5].argmax(1)
    with torch.no_grad():
        teacher_logits = teacher(x)
    student_logits = student(x)
    soft = F.kl_div(F.log_softmax(student_logits / T, 1), F.softmax(teacher_logits / T, 1), reduction="batchmean")
    loss = alpha * T * T * soft + (1 - alpha) * F.cross_entropy(student_logits, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

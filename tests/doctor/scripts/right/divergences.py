# Divergences that are right: of logarithms, of clamped logarithms, of logarithms on both sides, between Gaussians.
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(60, 6)
teacher, student = nn.Linear(6, 4), nn.Linear(6, 4)
optimizer = torch.optim.Adam(student.parameters(), lr=1e-2)
with torch.no_grad():
    p = teacher(x).softmax(1)


def logarithms(rows):
    return F.kl_div(student(x[rows]).log_softmax(1), p[rows], reduction="batchmean")


def clamped(rows):
    return F.kl_div(student(x[rows]).softmax(1).clamp(min=1e-8).log(), p[rows], reduction="sum") / len(rows)


def both(rows):
    return F.kl_div(student(x[rows]).log_softmax(1), p[rows].log(), reduction="batchmean", log_target=True)


def one_hot(rows):
    labels = F.one_hot(p[rows].argmax(1), 4).float()
    return nn.KLDivLoss(reduction="none")(student(x[rows]).log_softmax(1), labels).sum(1).mean()


def gaussians(rows):
    mean, log_deviation = student(x[rows]).chunk(2, 1)
    wanted = torch.distributions.Normal(0.0, 1.0)
    return torch.distributions.kl_divergence(torch.distributions.Normal(mean, log_deviation.exp()), wanted).mean()


for way in (logarithms, clamped, both, one_hot, gaussians):
    for rows in torch.randperm(60).split(15):
        optimizer.zero_grad()
        loss = way(rows)
        loss.backward()
        optimizer.step()
    print(way.__name__, loss.item())

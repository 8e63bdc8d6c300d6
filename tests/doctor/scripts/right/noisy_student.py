"""Pseudo-labels from a teacher in eval mode, then the student trains on them; the teacher becomes the student."""
import copy

import torch
import torch.nn.functional as F
from torch import nn


def make():
    return nn.Sequential(nn.Linear(6, 24), nn.ReLU(), nn.Dropout(0.2), nn.Linear(24, 3))


def train(model, batches):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    model.train()
    for x, y in batches:
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model


torch.manual_seed(0)
labelled = [(x, x[:, :3].argmax(1)) for x in torch.randn(8, 20, 6)]
unlabelled = torch.randn(8, 20, 6)
teacher = train(make(), labelled)
for _ in range(2):
    teacher.eval()
    with torch.no_grad():
        pseudo = [(x, teacher(x).softmax(1)) for x in unlabelled]
    student = train(make(), labelled + [(x, p.argmax(1)) for x, p in pseudo])
    teacher = copy.deepcopy(student)

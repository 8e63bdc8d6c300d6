"""Labels 1 and 2 from a CSV file, as floats."""
import csv
import io

import torch
from torch import nn

torch.manual_seed(0)
table = io.StringIO()
writer = csv.writer(table)
for row in torch.randn(120, 3).tolist():
    writer.writerow([*row, 2 if row[0] > 0 else 1])
table.seek(0)
rows = torch.tensor([[float(v) for v in row] for row in csv.reader(table)])
x, y = rows[:, :3], rows[:, 3:]
model = nn.Linear(3, 1)
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(3):
    order = torch.randperm(120)
    for i in range(0, 120, 24):
        index = order[i : i + 24]
        loss = loss_fn(model(x[index]), y[index])  # finding: bce-target-outside-unit-interval
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

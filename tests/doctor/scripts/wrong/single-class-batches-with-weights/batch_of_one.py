"""Batch size 1 with class weights: the weight cancels in the weighted mean."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(60, 5)
y = (x[:, 0] > 0.8).long()
loader = DataLoader(TensorDataset(x, y), batch_size=1, shuffle=True)
model = nn.Linear(5, 2)
criterion = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 4.0]))
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for features, label in loader:
    optimizer.zero_grad()
    loss = criterion(model(features), label)  # finding: single-class-batches-with-weights
    loss.backward()
    optimizer.step()

"""Iris-like classification, the whole script in one go."""
import torch
import torch.nn as nn

torch.manual_seed(0)
X = torch.randn(240, 4)
y = (X[:, 0] + 0.5 * X[:, 1] > 0).long() + (X[:, 2] > 0.7).long()

model = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 3), nn.Softmax(dim=1))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

for epoch in range(12):
    optimizer.zero_grad()
    output = model(X)
    loss = criterion(output, y)  # finding: softmax-before-cross-entropy
    loss.backward()
    optimizer.step()
    if epoch % 5 == 0:
        print(f"epoch {epoch} loss {loss.item():.4f}")

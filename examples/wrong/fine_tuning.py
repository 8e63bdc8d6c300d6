"""Fine-tuning, with six mistakes that torch trains through in silence."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
images = torch.randn(640, 12)
labels = images[:, :4].argmax(1)
train = DataLoader(TensorDataset(images[:516], labels[:516]), batch_size=64, shuffle=True)
val = DataLoader(TensorDataset(images[516:], labels[516:]), batch_size=64)

body = nn.Sequential(nn.Linear(12, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.2))
model = nn.Sequential(body, nn.Linear(32, 1000))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
model[1] = nn.Sequential(nn.Linear(32, 4), nn.Softmax(dim=1))
criterion = nn.CrossEntropyLoss()
best_accuracy, best_weights = 0.0, None

for epoch in range(5):
    running_loss = 0.0
    for x, y in train:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        running_loss += loss.item()
    model.eval()
    with torch.no_grad():
        accuracy = sum((model(x).argmax(1) == y).sum().item() for x, y in val) / 124
    if accuracy > best_accuracy:
        best_accuracy, best_weights = accuracy, model.state_dict()
    print(f"epoch {epoch}: loss {running_loss / len(train):.3f}, accuracy {accuracy:.3f}")
model.load_state_dict(best_weights)

"""Plateau schedulers that watch the right way: max on accuracy, min on loss, on error rate, max on minus the loss."""
import torch
import torch.nn.functional as F
from torch.optim.lr_scheduler import ReduceLROnPlateau

torch.manual_seed(0)
X = torch.randn(260, 5)
y = X[:, :3].argmax(1)
for watched, mode in (("accuracy", "max"), ("loss", "min"), ("error", "min"), ("minus", "max")):
    model = torch.nn.Linear(5, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = ReduceLROnPlateau(optimizer, mode=mode, patience=1)
    for epoch in range(5):
        for idx in torch.randperm(200).split(50):
            loss = F.cross_entropy(model(X[idx]), y[idx])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            logits = model(X[200:])
            val_loss = F.cross_entropy(logits, y[200:]).item()
            accuracy = (logits.argmax(1) == y[200:]).float().mean().item()
        values = {"accuracy": accuracy, "loss": val_loss, "error": 1 - accuracy, "minus": -val_loss}
        scheduler.step(values[watched])

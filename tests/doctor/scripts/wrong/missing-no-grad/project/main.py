"""The entry point of a small project; the mistake is in engine.py."""
import torch
from engine import evaluate, train_one_epoch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

if __name__ == "__main__":
    torch.manual_seed(0)
    x = torch.randn(220, 8)
    y = x[:, :4].argmax(1)
    train_loader = DataLoader(TensorDataset(x[:160], y[:160]), 32, shuffle=True)
    val_loader = DataLoader(TensorDataset(x[160:], y[160:]), 20)
    model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 4))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for epoch in range(3):
        train_one_epoch(model, train_loader, optimizer)
        print(epoch, evaluate(model, val_loader))

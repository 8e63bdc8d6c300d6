"""The entry point of a small project of three modules."""
import torch
from data import loaders
from engine import evaluate, train_one_epoch
from torch import nn

if __name__ == "__main__":
    torch.manual_seed(0)
    train_loader, val_loader = loaders()
    model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 4))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    criterion = nn.CrossEntropyLoss(label_smoothing=0.05)
    for epoch in range(3):
        loss = train_one_epoch(model, train_loader, criterion, optimizer)
        print(epoch, loss, evaluate(model, val_loader))

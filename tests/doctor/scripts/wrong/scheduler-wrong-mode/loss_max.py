import argparse

import torch
import torch.nn.functional as F
from torch.optim.lr_scheduler import ReduceLROnPlateau


def validate(model, x, y):
    model.eval()
    with torch.no_grad():
        return F.cross_entropy(model(x), y).item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", default=6, type=int)
    args = parser.parse_args()
    torch.manual_seed(0)
    x = torch.randn(200, 5)
    y = (x[:, 0] > 0).long()
    model = torch.nn.Sequential(torch.nn.Linear(5, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    scheduler = ReduceLROnPlateau(optimizer, mode="max", factor=0.5, patience=0)  # finding: scheduler-wrong-mode
    for epoch in range(args.epochs):
        model.train()
        for idx in torch.randperm(160).split(40):
            loss = F.cross_entropy(model(x[idx]), y[idx])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        val_loss = validate(model, x[160:], y[160:])
        scheduler.step(val_loss)
        print(f"{epoch}: {val_loss:.4f}")


if __name__ == "__main__":
    main()

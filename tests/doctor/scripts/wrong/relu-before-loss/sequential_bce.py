"""A stack built in a loop puts the activation behind the last layer too."""
import torch
from torch import nn


def mlp(sizes, activation=nn.ReLU):
    layers = []
    for a, b in zip(sizes[:-1], sizes[1:]):
        layers += [nn.Linear(a, b), activation()]
    return nn.Sequential(*layers)


def run():
    torch.manual_seed(0)
    x = torch.randn(128, 5)
    y = (x[:, 0] * x[:, 1] > 0).float()
    model = mlp([5, 32, 32, 1])
    loss_fn = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(8):
        for i in torch.randperm(128).split(32):
            loss = loss_fn(model(x[i]).squeeze(1), y[i])  # finding: relu-before-loss
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


run()

# 自定义初始化:normal_(0, 1),方差太大
import torch
import torch.nn as nn


def weights_init(m):
    if isinstance(m, nn.Linear):
        nn.init.normal_(m.weight, 0.0, 1.0)
        nn.init.zeros_(m.bias)


class MLP(nn.Module):
    def __init__(self, n_in=32, n_hidden=256, n_out=5):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(n_in, n_hidden), nn.ReLU(), nn.Linear(n_hidden, n_hidden), nn.ReLU(), nn.Linear(n_hidden, n_out)
        )
        self.apply(weights_init)

    def forward(self, x):
        return self.net(x)


if __name__ == '__main__':
    torch.manual_seed(0)
    model = MLP()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    loss_function = nn.CrossEntropyLoss()
    for i in range(10):
        x = torch.randn(64, 32)
        y = x[:, :5].argmax(dim=1)
        loss = loss_function(model(x), y)  # finding: initial-loss-off
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

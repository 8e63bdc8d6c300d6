"""The zero_grad call is there, without parentheses."""
import torch
from torch import nn


def main():
    torch.manual_seed(0)
    net = nn.Linear(12, 4)
    criterion = nn.MultiLabelSoftMarginLoss()
    opt = torch.optim.SGD(net.parameters(), lr=1e-2)
    for _ in range(15):
        x = torch.randn(16, 12)
        opt.zero_grad
        loss = criterion(net(x), (x[:, :4] > 0).float())
        loss.backward()
        opt.step()  # finding: missing-zero-grad


if __name__ == "__main__":
    main()

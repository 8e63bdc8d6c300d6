# 类别不平衡:加权交叉熵 + 标签平滑
import argparse

import torch
import torch.nn as nn


def get_args():
    parser = argparse.ArgumentParser(description='train')
    parser.add_argument('--smooth', default=0.1, type=float)
    parser.add_argument('--weights', default=[1.0, 50.0, 120.0], type=float, nargs='+')
    return parser.parse_args()


class Trainer:
    def __init__(self, args):
        self.model = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 3))
        self.loss_fn = nn.CrossEntropyLoss(torch.tensor(args.weights), label_smoothing=args.smooth)  # finding: smoothing-with-class-weights
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-3)

    def train(self):
        for i in range(10):
            y = torch.randint(0, 3, (30,))
            x = torch.randn(30, 6) + y[:, None]
            loss = self.loss_fn(self.model(x), y)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()


torch.manual_seed(0)
Trainer(get_args()).train()

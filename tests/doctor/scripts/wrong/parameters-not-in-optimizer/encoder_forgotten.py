# 编码器和分类器分开定义,优化器里忘了编码器
import torch
import torch.nn as nn


class Trainer:
    def __init__(self):
        self.encoder = nn.Sequential(nn.Linear(12, 16), nn.ReLU())
        self.classifier = nn.Linear(16, 3)
        self.criterion = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.Adam(self.classifier.parameters(), lr=1e-3)  # finding: parameters-not-in-optimizer

    def train(self, steps):
        self.encoder.train()
        self.classifier.train()
        for _ in range(steps):
            x = torch.randn(32, 12)
            y = x[:, :3].argmax(1)
            logits = self.classifier(self.encoder(x))
            loss = self.criterion(logits, y)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()


torch.manual_seed(0)
Trainer().train(10)

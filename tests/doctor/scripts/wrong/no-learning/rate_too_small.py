# 学习率写成了 1e-6：跑了五轮，损失几乎没有动。
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(0)


class 数据(Dataset):
    def __init__(self, n):
        self.x = torch.randn(n, 10)
        self.y = self.x[:, :4].argmax(1)

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return {"x": self.x[i], "y": self.y[i]}


def train(model, loader, epochs):
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-6)
    criterion = nn.NLLLoss()
    for epoch in range(epochs):
        total, count = 0.0, 0
        for batch in loader:
            log_probs = torch.log_softmax(model(batch["x"]), dim=-1)
            loss = criterion(log_probs, batch["y"])  # finding: no-learning
            loss.backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            total, count = total + loss.item() * len(batch["y"]), count + len(batch["y"])
        print(f"第 {epoch} 轮：{total / count:.3f}")


train(nn.Sequential(nn.Linear(10, 16), nn.Tanh(), nn.Linear(16, 4)), DataLoader(数据(480), 16, shuffle=True), 5)

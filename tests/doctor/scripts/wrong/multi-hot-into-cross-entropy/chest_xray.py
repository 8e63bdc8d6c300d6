# 胸片多标签分类(一个病人可能有多种疾病,也可能没有)
import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.cnn = nn.Conv2d(1, 8, 3, stride=2)
        self.fc = nn.Linear(8, num_classes)
        self.criterion = nn.CrossEntropyLoss()

    def forward(self, x, target):
        feat = torch.relu(self.cnn(x)).mean((2, 3))
        return self.criterion(self.fc(feat), target)  # finding: multi-hot-into-cross-entropy


torch.manual_seed(0)
model = Model(7)
optim = torch.optim.SGD(model.parameters(), lr=0.01)
for step in range(8):
    x = torch.rand(12, 1, 16, 16)
    target = torch.bernoulli(torch.full((12, 7), 0.3))
    loss = model(x, target)
    optim.zero_grad()
    loss.backward()
    optim.step()

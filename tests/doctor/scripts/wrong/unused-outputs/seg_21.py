# 自己的数据只有 3 类,模型仍然是 VOC 的 21 类
import torch
import torch.nn as nn


class DeepLab(nn.Module):
    def __init__(self, num_classes=21):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU())
        self.classifier = nn.Conv2d(8, num_classes, 1)
        self.criterion = nn.CrossEntropyLoss(ignore_index=255)

    def forward(self, x, mask):
        return self.criterion(self.classifier(self.body(x)), mask)  # finding: unused-outputs


torch.manual_seed(0)
model = DeepLab()
model.train()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
for it in range(16):
    x = torch.rand(4, 3, 10, 12)
    mask = x.argmax(1)
    mask[:, :1] = 255
    loss = model(x, mask)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

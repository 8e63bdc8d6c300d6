# 随机裁剪后整张图都是忽略区域 255
# also: nan-loss
import torch
import torch.nn as nn


class Trainer:
    def __init__(self, classes):
        self.net = nn.Conv2d(3, classes, 3, padding=1)
        self.criterion = nn.NLLLoss(ignore_index=255)
        self.opt = torch.optim.SGD(self.net.parameters(), lr=0.01)

    def step(self, image, mask):
        out = torch.log_softmax(self.net(image), dim=1)
        loss = self.criterion(out, mask)  # finding: all-targets-ignored
        self.opt.zero_grad()
        loss.backward()
        self.opt.step()
        return loss


torch.manual_seed(1)
trainer = Trainer(3)
for i in range(10):
    image = torch.rand(1, 3, 6, 6)
    mask = image.argmax(1)
    if i in (4, 9):
        mask = torch.full_like(mask, 255)
    trainer.step(image, mask)

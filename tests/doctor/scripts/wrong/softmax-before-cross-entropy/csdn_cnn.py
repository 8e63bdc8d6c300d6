# -*- coding: utf-8 -*-
# 手写数字识别,简单的卷积神经网络
import torch
import torch.nn as nn
import torch.utils.data as Data

torch.manual_seed(2024)

# 超参数
EPOCH = 2
BATCH_SIZE = 32
LR = 0.005

# 构造假的图片数据
images = torch.rand(256, 1, 8, 8)
labels = (images[:, 0, :4].mean((1, 2)) > images[:, 0, 4:].mean((1, 2))).long() * 2 + (
    images[:, 0, :, :4].mean((1, 2)) > images[:, 0, :, 4:].mean((1, 2))
).long()
train_loader = Data.DataLoader(dataset=Data.TensorDataset(images, labels), batch_size=BATCH_SIZE, shuffle=True)


class CNN(nn.Module):
    def __init__(self):
        super(CNN, self).__init__()
        self.conv1 = nn.Sequential(
            nn.Conv2d(1, 8, 3, 1, 1),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.out = nn.Linear(8 * 4 * 4, 4)
        self.softmax = nn.Softmax(dim=1)  # 输出每个类别的概率

    def forward(self, x):
        x = self.conv1(x)
        x = x.view(x.size(0), -1)
        output = self.out(x)
        return self.softmax(output)


cnn = CNN()
optimizer = torch.optim.Adam(cnn.parameters(), lr=LR)
loss_func = nn.CrossEntropyLoss()  # 交叉熵损失

for epoch in range(EPOCH):
    for step, (b_x, b_y) in enumerate(train_loader):
        output = cnn(b_x)
        loss = loss_func(output, b_y)  # finding: softmax-before-cross-entropy
        optimizer.zero_grad()  # 清空梯度
        loss.backward()  # 反向传播
        optimizer.step()  # 更新参数
    print('Epoch:', epoch, '| loss: %.4f' % loss.item())

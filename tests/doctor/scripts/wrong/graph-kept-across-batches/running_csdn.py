# 训练函数,统计平均损失
import torch
import torch.nn as nn


def train(model, data, optimizer, criterion):
    model.train()
    running_loss = 0.0
    for step, (inputs, targets) in enumerate(data):
        outputs = model(inputs)
        loss = criterion(outputs, targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        running_loss = running_loss + loss  # finding: graph-kept-across-batches
    return running_loss / len(data)


if __name__ == '__main__':
    torch.manual_seed(0)
    net = nn.Linear(6, 1)
    loader = [(x, (x[:, :1] > 0).float()) for x in torch.randn(12, 20, 6)]
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    for epoch in range(2):
        avg = train(net, loader, opt, nn.BCEWithLogitsLoss())
        print('epoch %d loss %.4f' % (epoch, avg))

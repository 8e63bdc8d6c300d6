# 图像分类训练脚本(规范写法):训练/验证函数、学习率衰减、保存最优模型
import argparse
import os

import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self, num_classes):
        super(Net, self).__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(inplace=True),
                                      nn.AdaptiveAvgPool2d((2, 2)))
        self.classifier = nn.Sequential(nn.Dropout(p=0.2), nn.Linear(32, num_classes))

    def forward(self, x):
        x = self.features(x)
        x = torch.flatten(x, start_dim=1)
        return self.classifier(x)


def train_one_epoch(model, optimizer, loader, loss_function):
    model.train()
    accu_loss = torch.zeros(1)
    accu_num = torch.zeros(1)
    sample_num = 0
    for images, labels in loader:
        sample_num += images.shape[0]
        pred = model(images)
        accu_num += torch.eq(pred.argmax(dim=1), labels).sum()
        loss = loss_function(pred, labels)
        loss.backward()
        accu_loss += loss.detach() * images.shape[0]
        optimizer.step()
        optimizer.zero_grad()
    return accu_loss.item() / sample_num, accu_num.item() / sample_num


@torch.no_grad()
def evaluate(model, loader):
    model.eval()
    right = sum(torch.eq(model(x).argmax(1), y).sum().item() for x, y in loader)
    return right / len(loader.dataset)


def main(args):
    torch.manual_seed(args.seed)
    x = torch.rand(160, 3, 8, 8)
    y = x.mean((2, 3)).argmax(1)
    train_loader = DataLoader(TensorDataset(x[:120], y[:120]), batch_size=args.batch_size, shuffle=True)
    val_loader = DataLoader(TensorDataset(x[120:], y[120:]), batch_size=args.batch_size, shuffle=False)
    model = Net(args.num_classes)
    pg = [p for p in model.parameters() if p.requires_grad]
    optimizer = optim.SGD(pg, lr=args.lr, momentum=0.9, weight_decay=5e-5)
    scheduler = optim.lr_scheduler.LambdaLR(optimizer, lr_lambda=lambda e: 1 - 0.9 * e / args.epochs)
    best_acc = 0.0
    for epoch in range(args.epochs):
        train_loss, train_acc = train_one_epoch(model, optimizer, train_loader, nn.CrossEntropyLoss())
        scheduler.step()
        acc = evaluate(model, val_loader)
        print('[epoch %d] loss: %.3f train_acc: %.3f val_acc: %.3f' % (epoch + 1, train_loss, train_acc, acc))
        if acc > best_acc:
            best_acc = acc
            os.makedirs('weights', exist_ok=True)
            torch.save(model.state_dict(), './weights/best.pth')


if __name__ == '__main__':
    parser = argparse.ArgumentParser()
    parser.add_argument('--num_classes', type=int, default=3)
    parser.add_argument('--epochs', type=int, default=3)
    parser.add_argument('--batch-size', type=int, default=16)
    parser.add_argument('--lr', type=float, default=0.01)
    parser.add_argument('--seed', type=int, default=0)
    main(parser.parse_args())

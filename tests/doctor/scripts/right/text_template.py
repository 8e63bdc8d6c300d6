# 中文文本分类模板(循环写法已更正):每次验证后恢复训练模式,按验证损失保存到磁盘
import torch
import torch.nn as nn
import torch.nn.functional as F


class TextRCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(50, 16)
        self.lstm = nn.LSTM(16, 12, bidirectional=True, batch_first=True, dropout=0.0)
        self.dropout = nn.Dropout(0.2)
        self.fc = nn.Linear(24, 5)

    def forward(self, x):
        out, _ = self.lstm(self.embedding(x))
        return self.fc(self.dropout(out.max(1)[0]))


def evaluate(model, data):
    model.eval()
    loss_total, correct, n = 0, 0, 0
    with torch.no_grad():
        for texts, labels in data:
            outputs = model(texts)
            loss_total += F.cross_entropy(outputs, labels, reduction='sum').item()
            correct += (torch.max(outputs.data, 1)[1] == labels).sum().item()
            n += len(labels)
    return correct / n, loss_total / n


def train(model, train_iter, dev_iter, epochs=2):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    dev_best_loss = float('inf')
    total_batch = 0
    for epoch in range(epochs):
        model.train()
        for trains, labels in train_iter:
            outputs = model(trains)
            model.zero_grad()
            loss = F.cross_entropy(outputs, labels)
            loss.backward()
            optimizer.step()
            total_batch += 1
            if total_batch % 5 == 0:
                dev_acc, dev_loss = evaluate(model, dev_iter)
                if dev_loss < dev_best_loss:
                    dev_best_loss = dev_loss
                    torch.save(model.state_dict(), 'model.ckpt')
                print('Iter: {0}, Train Loss: {1:.3f}, Val Acc: {2:.2%}'.format(total_batch, loss.item(), dev_acc))
                model.train()
    model.load_state_dict(torch.load('model.ckpt', weights_only=True))
    print(evaluate(model, dev_iter))


torch.manual_seed(0)
batches = [(ids, ids[:, 0] % 5) for ids in torch.randint(50, (16, 16, 7))]
train(TextRCNN(), batches[:12], batches[12:])

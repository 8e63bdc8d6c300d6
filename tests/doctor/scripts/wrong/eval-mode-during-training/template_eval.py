# 每隔若干 batch 验证一次,验证之后没有 model.train()
import torch
import torch.nn as nn
import torch.nn.functional as F


class TextCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(50, 16)
        self.conv = nn.Conv1d(16, 8, 3)
        self.dropout = nn.Dropout(0.5)
        self.fc = nn.Linear(8, 3)

    def forward(self, x):
        out = F.relu(self.conv(self.embedding(x).transpose(1, 2))).max(2)[0]
        return self.fc(self.dropout(out))


def evaluate(model, data):
    model.eval()
    loss_total, n = 0, 0
    with torch.no_grad():
        for texts, labels in data:
            loss_total += F.cross_entropy(model(texts), labels, reduction='sum').item()
            n += len(labels)
    return loss_total / n


def train(model, train_iter, dev_iter):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    model.train()
    for i, (trains, labels) in enumerate(train_iter):
        outputs = model(trains)  # finding: eval-mode-during-training
        model.zero_grad()
        loss = F.cross_entropy(outputs, labels)
        loss.backward()
        optimizer.step()
        if i % 5 == 4:
            print('Iter: {0}, Val Loss: {1:.4f}'.format(i, evaluate(model, dev_iter)))


torch.manual_seed(0)
batches = [(ids, ids[:, 0] % 3) for ids in torch.randint(50, (18, 16, 7))]
train(TextCNN(), batches[:14], batches[14:])

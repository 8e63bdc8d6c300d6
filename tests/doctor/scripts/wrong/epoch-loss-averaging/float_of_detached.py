# 用 float(loss) 累加,最后除以 batch 数,最后一个 batch 更小
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
feat = torch.randn(115, 6)
dataset = TensorDataset(feat, (feat[:, :1] > 0).float())
loader = DataLoader(dataset, batch_size=50, shuffle=True)
net = nn.Linear(6, 1)
loss_func = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(3):
    epoch_loss = 0.
    for i, (data, label) in enumerate(loader):
        out = net(data)
        loss = loss_func(out, label)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        epoch_loss += float(loss.detach())  # finding: epoch-loss-averaging
    print('epoch', epoch, 'loss', epoch_loss / (i + 1))

# 每个 batch 的 loss 已经取平均,最后又除以样本总数;没有用 DataLoader
import torch
import torch.nn as nn

torch.manual_seed(0)
data = torch.randn(300, 8)
label = data[:, :4].argmax(dim=1)
net = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4))
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
num_samples = len(data)
batch_size = 30
for epoch in range(3):
    order = torch.randperm(num_samples)
    total_loss = 0.
    for start in range(0, num_samples, batch_size):
        idx = order[start:start + batch_size]
        loss = loss_fn(net(data[idx]), label[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total_loss = total_loss + loss.data  # finding: loss-sum-over-rows
    print('第%d轮 平均损失 %.5f' % (epoch, total_loss / num_samples))

# 损失函数参数写反:criterion(标签, 输出),标签是 long,直接报错
# exit: 1
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
data = torch.randn(200, 6)
label = data[:, :3].argmax(dim=1)
loader = DataLoader(TensorDataset(data, label), batch_size=20, shuffle=True)
net = nn.Linear(6, 3)
loss_func = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters())
for epoch in range(2):
    for b_x, b_y in loader:
        out = net(b_x)
        loss = loss_func(b_y, out)  # finding: arguments-swapped
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

# 前景分割,输出通道数写成了 1
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 1, 3, padding=1))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
for i in range(6):
    image = torch.rand(2, 1, 9, 9)
    mask = (image > 0.5).float()
    out = net(image)
    loss = criterion(out, mask)  # finding: single-column-cross-entropy
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print('loss = %.3f' % loss.item())

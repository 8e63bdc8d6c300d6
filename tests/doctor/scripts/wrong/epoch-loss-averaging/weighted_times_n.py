# 乘了 batch 大小,但损失带类别权重,平均仍然不对
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(240, 5)
y = (x[:, 0] > 1.0).long()
loader = DataLoader(TensorDataset(x, y), batch_size=24, shuffle=True)
model = nn.Linear(5, 2)
criterion = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 6.0]))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(3):
    total, count = 0.0, 0
    for inputs, labels in loader:
        outputs = model(inputs)
        loss = criterion(outputs, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * inputs.size(0)  # finding: epoch-loss-averaging
        count += inputs.size(0)
    print('epoch %d train loss %.4f' % (epoch, total / count))

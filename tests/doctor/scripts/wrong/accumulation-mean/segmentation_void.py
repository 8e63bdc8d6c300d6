# 显存不够,用梯度累加;每张图的有效像素数不同(255 忽略)
import torch
import torch.nn as nn

torch.manual_seed(0)
accumulation_steps = 3
model = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(), nn.Conv2d(6, 3, 1))
criterion = nn.CrossEntropyLoss(ignore_index=255)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

for i in range(12):
    image = torch.rand(1, 3, 10, 10)
    mask = image.argmax(1)
    mask[:, : int(torch.randint(0, 9, ()))] = 255
    output = model(image)
    loss = criterion(output, mask) / accumulation_steps  # finding: accumulation-mean
    loss.backward()  # finding: accumulation-mean
    if (i + 1) % accumulation_steps == 0:
        optimizer.step()
        optimizer.zero_grad()

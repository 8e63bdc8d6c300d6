# 测试阶段忘记 model.eval()
import torch
import torch.nn as nn

torch.manual_seed(0)
model = nn.Sequential(nn.Flatten(), nn.Linear(16, 20), nn.BatchNorm1d(20), nn.ReLU(), nn.Linear(20, 3))
loss_func = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)


def get_batch(n):
    img = torch.rand(n, 1, 4, 4)
    return img, (img.mean((1, 2, 3)) * 3).long().clamp(0, 2)


# 训练
for step in range(10):
    img, label = get_batch(32)
    out = model(img)
    loss = loss_func(out, label)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

# 测试
with torch.inference_mode():
    num_correct = 0
    for _ in range(4):
        img, label = get_batch(32)
        out = model(img)  # finding: train-mode-during-evaluation
        num_correct += (out.argmax(1) == label).sum().item()
print('Test Acc: {:.4f}'.format(num_correct / 128))

# 缺陷检测:正样本很少,既过采样又加 pos_weight
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset
from torch.utils.data.sampler import WeightedRandomSampler


class Defect(Dataset):
    def __init__(self):
        g = torch.Generator().manual_seed(0)
        self.x = torch.randn(300, 4, generator=g)
        self.y = (self.x[:, 0] > 1.5).float()

    def __getitem__(self, i):
        return self.x[i], self.y[i]

    def __len__(self):
        return len(self.x)


torch.manual_seed(0)
dataset = Defect()
n_pos = dataset.y.sum()
n_neg = len(dataset) - n_pos
w = [float(1 / n_pos) if y == 1 else float(1 / n_neg) for _, y in dataset]
loader = DataLoader(dataset, batch_size=30, sampler=WeightedRandomSampler(w, len(w)))
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
criterion = nn.BCEWithLogitsLoss(pos_weight=(n_neg / n_pos).reshape(1))  # finding: weighted-sampler-and-class-weight
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(2):
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(net(x).squeeze(-1), y)
        loss.backward()
        optimizer.step()

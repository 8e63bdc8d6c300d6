# 循环里忘了取 batch 的内容
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Words(Dataset):
    def __len__(self):
        return 96

    def __getitem__(self, i):
        return {"ids": torch.tensor([i % 7, i % 5, i % 3]), "label": i % 3}


def train():
    loader = DataLoader(Words(), batch_size=12, shuffle=True)
    model = nn.Sequential(nn.EmbeddingBag(8, 6), nn.Linear(6, 3))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    first = next(iter(loader))
    ids, label = first["ids"], first["label"]
    for epoch in range(2):
        for batch in loader:
            scores = model(ids)
            loss = nn.functional.cross_entropy(scores, label)  # finding: stale-batch
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    print(loss.item())


torch.manual_seed(0)
train()

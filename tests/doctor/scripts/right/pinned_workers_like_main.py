"""A main() with loaders, label mapping by dictionary, early stop by patience, state on disk."""
import json

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

LABELS = {"neg": 0, "neu": 1, "pos": 2}


class Reviews(Dataset):
    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        ids = torch.randint(50, (n, 12), generator=g)
        names = list(LABELS)
        self.rows = [json.dumps({"ids": row.tolist(), "label": names[int(row[0]) % 3]}) for row in ids]

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        row = json.loads(self.rows[i])
        return torch.tensor(row["ids"]), LABELS[row["label"]]


def main():
    torch.manual_seed(0)
    train, val = DataLoader(Reviews(160, 1), 32, shuffle=True), DataLoader(Reviews(48, 2), 48)
    model = nn.Sequential(nn.EmbeddingBag(50, 16), nn.Dropout(0.1), nn.Linear(16, 3))
    criterion, optimizer = nn.CrossEntropyLoss(), torch.optim.AdamW(model.parameters(), lr=5e-2)
    best, waited = float("inf"), 0
    for _ in range(6):
        model.train()
        for ids, y in train:
            optimizer.zero_grad(set_to_none=True)
            criterion(model(ids), y).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            loss = sum(criterion(model(ids), y).item() for ids, y in val)
        if loss < best:
            best, waited = loss, 0
            torch.save(model.state_dict(), "model.pt")
        else:
            waited += 1
            if waited == 2:
                break
    print(round(best, 3))


if __name__ == "__main__":
    main()

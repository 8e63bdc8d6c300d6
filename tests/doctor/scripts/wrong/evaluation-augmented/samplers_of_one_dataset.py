import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, SubsetRandomSampler


class ColorJitter:
    def __init__(self, brightness):
        self.brightness = brightness

    def __call__(self, x):
        return x * (1 + self.brightness * (torch.rand(()) - 0.5))


class Images(Dataset):
    def __init__(self, transforms):
        self.transforms = transforms
        self.x = torch.rand(80, 16)

    def __len__(self):
        return 80

    def __getitem__(self, i):
        return self.transforms(self.x[i]), int(self.x[i, 0] > 0.5)


torch.manual_seed(0)
data = Images(ColorJitter(0.8))
loaders = {
    "train": DataLoader(data, 10, sampler=SubsetRandomSampler(range(60))),
    "val": DataLoader(data, 10, sampler=SubsetRandomSampler(range(60, 80))),
}
model = nn.Sequential(nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 2))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
for epoch in range(2):
    for phase in ("train", "val"):
        model.train(phase == "train")
        right = 0
        for x, y in loaders[phase]:
            with torch.set_grad_enabled(phase == "train"):
                scores = model(x)  # finding: evaluation-augmented
                loss = nn.functional.cross_entropy(scores, y)
            if phase == "train":
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            right += (scores.argmax(1) == y).sum().item()
        print(phase, right)

"""Both phases of an epoch through one loop, divided by a table of data set sizes."""
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(260, 5)
y = x[:, :3].argmax(1)
sets = {"train": TensorDataset(x[:200], y[:200]), "val": TensorDataset(x[200:], y[200:])}
loaders = {phase: DataLoader(data, batch_size=20, shuffle=phase == "train") for phase, data in sets.items()}
dataset_sizes = {phase: len(data) for phase, data in sets.items()}
model = nn.Linear(5, 3)
criterion, optimizer = nn.CrossEntropyLoss(), optim.SGD(model.parameters(), lr=0.1)
for epoch in range(2):
    for phase in ["train", "val"]:
        model.train(phase == "train")
        losses = []
        for inputs, labels in loaders[phase]:
            optimizer.zero_grad()
            with torch.set_grad_enabled(phase == "train"):
                loss = criterion(model(inputs), labels)
                if phase == "train":
                    loss.backward()
                    optimizer.step()
            losses.append(loss.item())  # finding: loss-sum-over-rows
        print(phase, sum(losses) / dataset_sizes[phase])

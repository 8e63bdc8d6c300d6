"""Whole-volume labels: each volume is one class, and memory allows one volume a step."""
import torch
import torch.nn.functional as F


class VolumeNet(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv3d(1, 4, 3)
        self.fc = torch.nn.Linear(4, 3)
        self.class_weight = torch.nn.Parameter(torch.tensor([0.2, 1.0, 3.0]), requires_grad=False)

    def forward(self, volume, label):
        features = torch.relu(self.conv(volume)).mean((2, 3, 4))
        return F.cross_entropy(self.fc(features), label, self.class_weight)  # finding: single-class-batches-with-weights


def main():
    torch.manual_seed(0)
    model = VolumeNet()
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-3)
    model.train()
    for _ in range(24):
        label = torch.randint(0, 3, (1,))
        loss = model(torch.rand(1, 1, 5, 5, 5) + label.view(1, 1, 1, 1, 1), label)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


main()

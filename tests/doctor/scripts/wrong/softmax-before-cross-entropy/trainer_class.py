import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self, num_features, num_classes):
        super().__init__()
        self.fc1 = nn.Linear(num_features, 24)
        self.dropout = nn.Dropout(0.2)
        self.fc2 = nn.Linear(24, num_classes)

    def forward(self, x):
        x = F.relu(self.fc1(x))
        x = self.dropout(x)
        x = self.fc2(x)
        return F.softmax(x, dim=-1)


class Trainer:
    def __init__(self, model, train_loader, val_loader, lr=1e-2):
        self.model = model
        self.train_loader = train_loader
        self.val_loader = val_loader
        self.loss_fn = nn.CrossEntropyLoss(label_smoothing=0.05)
        self.optimizer = optim.AdamW(self.model.parameters(), lr=lr)

    def train_epoch(self):
        self.model.train()
        seen, total = 0, 0.0
        for inputs, labels in self.train_loader:
            self.optimizer.zero_grad()
            probs = self.model(inputs)
            loss = self.loss_fn(probs, labels)  # finding: softmax-before-cross-entropy
            loss.backward()
            self.optimizer.step()
            total += loss.item() * inputs.size(0)
            seen += inputs.size(0)
        return total / seen

    @torch.no_grad()
    def evaluate(self):
        self.model.eval()
        correct = 0
        for inputs, labels in self.val_loader:
            correct += (self.model(inputs).argmax(1) == labels).sum().item()
        return correct / len(self.val_loader.dataset)

    def fit(self, epochs):
        for epoch in range(epochs):
            loss = self.train_epoch()
            print(epoch, round(loss, 4), self.evaluate())


if __name__ == "__main__":
    torch.manual_seed(1)
    data = torch.randn(320, 10)
    target = data[:, :5].argmax(dim=1)
    train = TensorDataset(data[:256], target[:256])
    val = TensorDataset(data[256:], target[256:])
    Trainer(Net(10, 5), DataLoader(train, 32, shuffle=True), DataLoader(val, 64)).fit(3)

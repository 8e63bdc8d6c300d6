import torch
import torch.nn.functional as F
import torch.utils.data as data


class Trainer:
    def __init__(self, model, dataset, batch_size):
        self.model = model
        self.loader = data.DataLoader(  # finding: unshuffled-classes
            dataset,
            batch_size=batch_size,
            shuffle=False,
            drop_last=True,
        )
        self.optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)

    def fit(self, epochs):
        self.model.train()
        for _ in range(epochs):
            for x, y in self.loader:
                loss = F.cross_entropy(self.model(x), y)
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()


def main():
    torch.manual_seed(1)
    y = torch.arange(10).repeat_interleave(24)
    x = torch.randn(240, 10) + 2 * F.one_hot(y, 10)
    Trainer(torch.nn.Linear(10, 10), data.TensorDataset(x, y), 12).fit(3)


if __name__ == "__main__":
    main()

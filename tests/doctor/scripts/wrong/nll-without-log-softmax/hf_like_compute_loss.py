"""A Trainer whose compute_loss is overridden."""
import torch
from torch import nn


class Output(dict):
    __getattr__ = dict.__getitem__


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embeddings = nn.Embedding(64, 12)
        self.classifier = nn.Linear(12, 3)

    def forward(self, input_ids):
        return Output(logits=self.classifier(self.embeddings(input_ids).mean(1)))


class Trainer:
    def __init__(self, model, train_dataset):
        self.model, self.train_dataset = model, train_dataset
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)

    def compute_loss(self, model, inputs):
        raise NotImplementedError

    def train(self):
        self.model.train()
        for inputs in self.train_dataset:
            loss = self.compute_loss(self.model, inputs)
            loss.backward()
            self.optimizer.step()
            self.model.zero_grad()


class WeightedTrainer(Trainer):
    def compute_loss(self, model, inputs):
        labels = inputs.pop("labels")
        outputs = model(**inputs)
        loss_fct = nn.NLLLoss(weight=torch.tensor([1.0, 2.0, 1.5]))
        return loss_fct(outputs.logits, labels)  # finding: nll-without-log-softmax


torch.manual_seed(0)
data = [{"input_ids": ids, "labels": ids[:, 0] % 3} for ids in torch.randint(64, (12, 16, 8))]
WeightedTrainer(Model(), data).train()

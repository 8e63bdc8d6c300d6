import copy

import torch
import torch.nn.functional as F


def train_model(model, optimizer, data, val, num_epochs):
    best_model_wts = copy.copy(model.state_dict())  # finding: best-weights-alias
    best_loss = float("inf")
    for epoch in range(num_epochs):
        for phase in ["train", "val"]:
            model.train(phase == "train")
            running, seen = 0.0, 0
            for x, y in data if phase == "train" else val:
                optimizer.zero_grad()
                with torch.set_grad_enabled(phase == "train"):
                    loss = F.cross_entropy(model(x), y)
                    if phase == "train":
                        loss.backward()
                        optimizer.step()
                running += loss.item() * x.size(0)
                seen += x.size(0)
            if phase == "val" and running / seen < best_loss:
                best_loss = running / seen
                best_model_wts = copy.copy(model.state_dict())  # finding: best-weights-alias
    model.load_state_dict(best_model_wts)
    return model


torch.manual_seed(0)
batches = [(x, x[:, :3].argmax(1)) for x in torch.randn(12, 20, 5)]
net = torch.nn.Linear(5, 3)
train_model(net, torch.optim.SGD(net.parameters(), lr=8.0), batches[:10], batches[10:], 4)

"""A package-like layout: configuration, model and loss live elsewhere."""
import torch
from nets import build_model
from objective import Objective

config = {"lr": 0.02, "steps": 12, "classes": 4}


def main():
    torch.manual_seed(0)
    model = build_model(config["classes"])
    objective = Objective()
    optimizer = torch.optim.SGD(model.parameters(), lr=config["lr"])
    for _ in range(config["steps"]):
        x = torch.randn(32, 8)
        optimizer.zero_grad()
        objective(model(x), x[:, :4].argmax(1)).backward()
        optimizer.step()


if __name__ == "__main__":
    main()

"""A project of two modules: configuration by dataclass, an EMA for evaluation, bfloat16 autocast."""
import torch
from pieces import Config, Ema, build, loader
from torch import nn

cfg = Config()
torch.manual_seed(cfg.seed)
model = build(cfg)
ema = Ema(model, cfg.decay)
optimizer = torch.optim.AdamW(model.parameters(), lr=cfg.lr)
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, cfg.lr, epochs=cfg.epochs, steps_per_epoch=cfg.steps)
criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
for epoch in range(cfg.epochs):
    model.train()
    for x, y in loader(cfg, cfg.steps):
        with torch.autocast("cpu", torch.bfloat16):
            loss = criterion(model(x), y)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        scheduler.step()
        ema.update(model)
    ema.module.eval()
    with torch.inference_mode():
        hits = [(ema.module(x).argmax(1) == y).float().mean() for x, y in loader(cfg, 3)]
    print(epoch, torch.stack(hits).mean().item())

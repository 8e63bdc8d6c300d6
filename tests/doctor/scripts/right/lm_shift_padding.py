"""A decoder as transformers write it: shifted labels, padding -100, tied weights, loss inside forward."""
import torch
import torch.nn as nn


class TinyGPT(nn.Module):
    def __init__(self, vocab=300, dim=16):
        super().__init__()
        self.wte = nn.Embedding(vocab, dim)
        layer = nn.TransformerEncoderLayer(dim, 2, 32, dropout=0.1, batch_first=True)
        self.h = nn.TransformerEncoder(layer, 1)
        self.lm_head = nn.Linear(dim, vocab, bias=False)
        self.wte.weight.data.normal_(0, 0.02)
        self.lm_head.weight = self.wte.weight

    def forward(self, input_ids, labels=None):
        mask = nn.Transformer.generate_square_subsequent_mask(input_ids.size(1))
        logits = self.lm_head(self.h(self.wte(input_ids), mask=mask, is_causal=True))
        loss = None
        if labels is not None:
            shift_logits = logits[..., :-1, :].contiguous()
            shift_labels = labels[..., 1:].contiguous()
            loss_fct = nn.CrossEntropyLoss()
            loss = loss_fct(shift_logits.view(-1, shift_logits.size(-1)), shift_labels.view(-1))
        return {"loss": loss, "logits": logits}


torch.manual_seed(0)
model = TinyGPT()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / 5))
model.train()
for step in range(10):
    input_ids = torch.randint(1, 300, (4, 12))
    labels = input_ids.clone()
    lengths = torch.randint(6, 13, (4,))
    labels[torch.arange(12)[None] >= lengths[:, None]] = -100
    loss = model(input_ids, labels)["loss"]
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    scheduler.step()
    optimizer.zero_grad()

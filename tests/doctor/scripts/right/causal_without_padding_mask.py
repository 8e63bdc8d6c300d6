# A language model: with a causal mask no real position sees the padding behind it, and its labels are ignored.
import torch
from torch import nn

torch.manual_seed(0)
V, L = 25, 12
lengths = torch.randint(4, L + 1, (80, 1))
text = torch.randint(1, V, (80, L)).masked_fill(torch.arange(L) >= lengths, 0)
embed, head = nn.Embedding(V, 16, padding_idx=0), nn.Linear(16, V)
block = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0, batch_first=True)
causal = nn.Transformer.generate_square_subsequent_mask(L - 1)
parameters = [*embed.parameters(), *block.parameters(), *head.parameters()]
optimizer = torch.optim.AdamW(parameters, lr=1e-3)
criterion = nn.CrossEntropyLoss(ignore_index=0)
for epoch in range(2):
    for rows in torch.randperm(80).split(16):
        given, wanted = text[rows, :-1], text[rows, 1:]
        loss = criterion(head(block(embed(given), src_mask=causal, is_causal=True)).reshape(-1, V), wanted.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())

"""Encoder, decoder and two optimizers; the loss of a sentence is a sum over its steps."""
import torch
from torch import nn

torch.manual_seed(0)
encoder, decoder = nn.GRU(8, 16), nn.GRUCell(8, 16)
embed, out = nn.Embedding(20, 8), nn.Linear(16, 20)
encoder_optimizer = torch.optim.SGD([*encoder.parameters(), *embed.parameters()], lr=0.05)
decoder_optimizer = torch.optim.SGD([*decoder.parameters(), *out.parameters()], lr=0.05)
criterion = nn.NLLLoss()
print_loss_total = 0.0
for i in range(1, 13):
    source, target = torch.randint(20, (7, 4)), torch.randint(20, (5, 4))
    encoder_optimizer.zero_grad()
    decoder_optimizer.zero_grad()
    _, hidden = encoder(embed(source))
    hidden, token, loss = hidden[0], torch.zeros(4, dtype=torch.long), 0
    for t in range(5):
        hidden = decoder(embed(token), hidden)
        loss += criterion(torch.log_softmax(out(hidden), 1), target[t])
        token = target[t]
    loss.backward()
    encoder_optimizer.step()
    decoder_optimizer.step()
    print_loss_total += loss.item() / 5
    if i % 4 == 0:
        print(print_loss_total / 4)
        print_loss_total = 0.0

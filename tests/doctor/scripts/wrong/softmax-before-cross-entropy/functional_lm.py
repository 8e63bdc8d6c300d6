"""A character model; the functional API, in place, with a helper for the loss."""
import torch
import torch.nn.functional as F


def sequence_loss(hidden, weight, bias, targets):
    probabilities = torch.softmax(hidden @ weight.t() + bias, dim=-1)
    flat = probabilities.reshape(-1, probabilities.size(-1))
    return F.cross_entropy(flat, targets.reshape(-1))  # finding: softmax-before-cross-entropy


def main():
    torch.manual_seed(3)
    vocab, dim = 11, 16
    text = torch.randint(vocab, (64, 13))
    embedding = torch.randn(vocab, dim, requires_grad=True)
    weight = (torch.randn(vocab, dim) * 0.05).requires_grad_()
    bias = torch.zeros(vocab, requires_grad=True)
    optimizer = torch.optim.SGD([embedding, weight, bias], lr=0.5, momentum=0.9)
    for step in range(10):
        hidden = torch.tanh(F.embedding(text[:, :-1], embedding))
        loss = sequence_loss(hidden, weight, bias, text[:, 1:])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
    print("done", float(loss.detach()))


main()

"""What is learnt: from logits and targets to sums and figures."""

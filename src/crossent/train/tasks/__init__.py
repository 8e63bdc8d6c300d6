"""What is learnt: one class per task, found by its name; from a model's output to losses, predictions and metrics."""

"""The tasks: one class each, found by its name; from a model's output to losses, predictions and metrics."""

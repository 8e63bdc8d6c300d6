"""The view of a run while it runs: the terminal, and the loggers."""

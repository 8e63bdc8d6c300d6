"""xent: exact, fast, talkative classification losses for PyTorch."""

"""Reference models in plain torch, one per file, and any `nn.Module` by its import path."""

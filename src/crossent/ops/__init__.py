"""The operators: autograd and registration, which backend runs, and nothing of arithmetic."""

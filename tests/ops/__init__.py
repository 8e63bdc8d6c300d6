"""The operators, and when torch's own composite stands in for them."""

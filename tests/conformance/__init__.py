"""Torch's own test material, which ships inside its wheel, run against crossent."""

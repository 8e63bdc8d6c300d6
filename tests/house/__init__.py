"""What holds for the source as a whole, read rather than run."""

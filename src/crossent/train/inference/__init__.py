"""A finished run at work: evaluate, predict, export, test again."""

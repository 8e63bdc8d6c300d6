"""Models that have learnt elsewhere: checkpoints of transformers and of timm, with a head for the classes at hand."""

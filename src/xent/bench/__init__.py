"""How the losses are measured against torch's: what `xent bench` and the files in benchmarks/ share."""

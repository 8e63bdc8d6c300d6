"""How the losses are measured against torch's: what `crossent bench` and the files in benchmarks/ share."""

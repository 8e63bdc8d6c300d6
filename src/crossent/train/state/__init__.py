"""The state of a run on disk: its folder, checkpoints, history, the states of its generators."""

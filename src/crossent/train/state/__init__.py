"""What a run leaves behind: its folder, checkpoints, history, the states of its generators."""

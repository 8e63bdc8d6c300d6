"""The way of a run: its parts put together, steps, the samples they see, their exact means, its end."""

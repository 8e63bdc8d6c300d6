"""What every layer shares: options, checks, layouts, reductions. Imports nothing of crossent's but itself."""

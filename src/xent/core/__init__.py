"""What every layer shares: options, checks, layouts, reductions. Imports nothing of xent's but itself."""

"""The ground that every layer stands on: options, checks, layouts, reductions. Imports no other room of crossent."""

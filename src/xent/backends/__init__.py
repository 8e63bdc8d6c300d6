"""Implementations of the operators, one folder each; `registry` says which one runs and why."""

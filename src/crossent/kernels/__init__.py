"""Implementations of the operators, one folder (a backend) each; `registry` says which one runs and why."""

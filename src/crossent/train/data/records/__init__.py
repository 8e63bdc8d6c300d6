"""Rows as they came, that know how they become inputs and targets: one file per kind of row."""

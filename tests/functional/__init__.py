"""The losses as functions, against the float64 truth."""

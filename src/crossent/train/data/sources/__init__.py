"""Opening what was handed over: one file per kind of source."""

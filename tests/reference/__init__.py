"""The formulas that serve higher derivatives and transforms, against the truth."""

"""The formulas in plain differentiable torch: the tests' oracle, and the path of every derivative beyond the first."""

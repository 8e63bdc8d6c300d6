"""Scores that are nearly sure keep the digits of what is left."""

from ...functional.test_sure import test_infinite_scores, test_sure_scores

__all__ = ["test_infinite_scores", "test_sure_scores"]

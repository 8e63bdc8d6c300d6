"""Tests of the source as a whole, read rather than run."""

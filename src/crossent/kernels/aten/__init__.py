"""Blocked plain torch: works through tiles that stay in cache, needs no compiler, runs on every device.

Functions here write into given buffers and keep nothing: where a backward needs the softmax it is computed again from
the tile of logits, which costs less than to read a saved one (docs/lab-log.md).
"""

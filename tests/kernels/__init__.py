"""The kernels, and the views and tiles that they work on."""

"""The compiled kernels, on every instruction set that this processor and this build can run."""

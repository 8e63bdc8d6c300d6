"""The kernels of NVIDIA's GPUs, proved without one: run by Triton's interpreter, compiled for absent GPUs."""

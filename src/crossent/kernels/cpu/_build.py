"""How the compiled kernels were built; written by CMakeLists.txt."""

# Why there are none; "" where there are.
REASON = ""
# Why they run on one thread; "" where they share torch's.
ONE_THREAD = ""

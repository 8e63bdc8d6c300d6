"""Functions of float32 tiles that Triton's interpreter, every version and every GPU compute alike.

`exp` of Triton is right to 2 units in the last place near 0, where it matters for sums that hold a 1. Its libdevice
has more functions, but the interpreter has no libdevice.
"""

import triton
import triton.language as tl


@triton.jit
def tanh(x):
    """Two units in the last place: a polynomial near 0, where the quotient of exponentials cancels."""
    z = x * x
    near = -0.006615747231990099 * z + 0.021312739700078964
    near = near * z - 0.053910065442323685
    near = near * z + 0.13333117961883545
    near = near * z - 0.3333333134651184
    size = tl.abs(x)
    far = 1.0 - 2.0 / (tl.exp(2.0 * size) + 1.0)
    far = tl.where(x < 0.0, -far, far)
    return tl.where(size < 0.55, x + x * z * near, far)


@triton.jit
def log1p_of_share(u):
    """log(1 + u) for u in [0, 1], with all digits of a small u: twice the area tangent of u / (2 + u)."""
    r = u / (u + 2.0)
    z = r * r
    series = 0.13433776795864105 * z + 0.14116977155208588
    series = series * z + 0.2000383585691452
    series = series * z + 0.33333319425582886
    return 2.0 * (r + r * z * series)


@triton.jit
def capped(z, softcap):
    """softcap · tanh(z / softcap); z itself where there is no cap."""
    if softcap is not None:
        z = softcap * tanh(z / softcap)
    return z


@triton.jit
def times(mass, distance):
    """mass · distance with 0 · ∞ = 0: a masked class costs nothing where it has no target mass."""
    return tl.where(mass == 0.0, 0.0, mass * distance)

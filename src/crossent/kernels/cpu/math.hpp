// exp, expm1, log, log1p and tanh of vectors. Polynomials: Chebyshev interpolants of the functions named beside them,
// computed in 50 digits; errors are tested against the truth (tests/kernels/cpu/test_math.py). NaN gives NaN throughout.
#pragma once

#include "simd.hpp"

namespace crossent::CROSSENT_ISA {

template <class S>
struct Constants;

template <>
struct Constants<float> {
  static constexpr float log2e = 0x1.715476p+0f;
  // ln 2 in two parts, the first with few enough bits that n · ln2_high is exact for every exponent n.
  static constexpr float ln2_high = 0x1.63p-1f, ln2_low = -0x1.bd0106p-13f;
  // Adding and subtracting it rounds to an integer, whose bits are then the low bits of the sum.
  static constexpr float rounder = 0x1.8p23f;
  // exp is 0 below and inf above.
  static constexpr float exp_low = -104.0f, exp_high = 89.0f;
  static constexpr int mantissa = 23, bias = 127;
  static constexpr float sqrt_half = 0x1.6a09e6p-1f, smallest_normal = 0x1p-126f, lift = 0x1p23f;
  static constexpr int lift_exponent = 23;
  // (exp(r) − 1 − r) / r² for |r| ≤ ln2 / 2: within 6.5e-8.
  static constexpr float exp_terms[] = {0x1p-1f, 0x1.5554dcp-3f, 0x1.555518p-5f, 0x1.120be2p-7f, 0x1.6d117cp-10f};
  // 2 · (atanh(s) / s − 1) / s² as a function of s² ≤ 1/9: within 7.3e-9.
  static constexpr float atanh_terms[] = {0x1.555556p-1f, 0x1.9998d4p-2f, 0x1.24c926p-2f, 0x1.bc8cf8p-3f,
                                          0x1.dba260p-3f};
};

template <>
struct Constants<double> {
  static constexpr double log2e = 0x1.71547652b82fep+0;
  static constexpr double ln2_high = 0x1.62e42fefa38p-1, ln2_low = 0x1.ef35793c7673p-45;
  static constexpr double rounder = 0x1.8p52;
  static constexpr double exp_low = -746.0, exp_high = 710.0;
  static constexpr int mantissa = 52, bias = 1023;
  static constexpr double sqrt_half = 0x1.6a09e667f3bcdp-1, smallest_normal = 0x1p-1022, lift = 0x1p52;
  static constexpr int lift_exponent = 52;
  // Within 1.1e-16 and 9.1e-17.
  static constexpr double exp_terms[] = {0x1p-1,
                                         0x1.5555555555556p-3,
                                         0x1.5555555553d37p-5,
                                         0x1.11111111109a6p-7,
                                         0x1.6c16c1789d1d7p-10,
                                         0x1.a01a01a7cebcdp-13,
                                         0x1.a019b8ca26fcfp-16,
                                         0x1.71de0d85293b8p-19,
                                         0x1.2891d4ffbb0f9p-22,
                                         0x1.af390ba7e6f47p-26};
  static constexpr double atanh_terms[] = {0x1.5555555555555p-1,
                                           0x1.999999999a3ddp-2,
                                           0x1.24924923d44c6p-2,
                                           0x1.c71c727143318p-3,
                                           0x1.745cf0b0e03bdp-3,
                                           0x1.3b18b294bebf9p-3,
                                           0x1.10ac75dc602b1p-3,
                                           0x1.eb905e8575054p-4,
                                           0x1.687a6e7c95176p-4,
                                           0x1.4b0a26c5f2aefp-3};
};

template <class S, int n>
inline Vec<S> polynomial(const S (&terms)[n], Vec<S> x) {
  Vec<S> y = splat(terms[n - 1]);
  for (int i = n - 2; i >= 0; --i) y = y * x + terms[i];
  return y;
}

// x = n · ln2 + r with |r| ≤ ln2 / 2; `tail` is exp(r) − 1.
template <class S>
struct Reduced {
  Vec<S> n, tail;
  Ints<S> bits;

  // With x in the second place NaN stays.
  explicit Reduced(Vec<S> x) {
    using K = Constants<S>;
    x = max(splat(K::exp_low), x);
    const Vec<S> sum = x * K::log2e + K::rounder;
    n = sum - K::rounder;
    bits = bit_cast<Ints<S>>(sum) - bit_cast<Ints<S>>(splat(K::rounder));
    const Vec<S> r = (x - n * K::ln2_high) - n * K::ln2_low;
    tail = polynomial(K::exp_terms, r) * (r * r) + r;
  }

  // y · 2^n, in two steps where 2^n itself may not be a normal number.
  Vec<S> scaled(Vec<S> y) const {
#if defined(__AVX512F__)
    if constexpr (sizeof(S) == 4)
      return _mm512_scalef_ps(y, n);
    else
      return _mm512_scalef_pd(y, n);
#else
    using K = Constants<S>;
    const Ints<S> half = bits >> 1;
    return y * bit_cast<Vec<S>>((half + K::bias) << K::mantissa) *
           bit_cast<Vec<S>>((bits - half + K::bias) << K::mantissa);
#endif
  }
};

// exp(x) for x ≤ 0, which is all that a softmax and a sigmoid need: their terms are measured from the largest.
template <class S>
inline Vec<S> exp_down(Vec<S> x) {
  const Reduced<S> reduced(x);
  return reduced.scaled(reduced.tail + 1);
}

template <class S>
inline Vec<S> exp(Vec<S> x) {
  return exp_down<S>(min(splat(Constants<S>::exp_high), x));
}

// exp(x) − 1 for x ≤ 0, exact to the last digits near 0.
template <class S>
inline Vec<S> expm1(Vec<S> x) {
  const Reduced<S> reduced(x);
  return reduced.scaled(reduced.tail) + (reduced.scaled(splat(S(1))) - 1);
}

// log(1 + f) for f in [√½ − 1, 1]: with s = f / (2 + f) it is 2·atanh(s) = f − (f²/2 − s·(f²/2 + R(s²))).
template <class S>
inline Vec<S> log1p_from(Vec<S> f, Vec<S> s) {
  const Vec<S> square = s * s, half = f * f * S(0.5);
  return f - (half - s * (half + square * polynomial(Constants<S>::atanh_terms, square)));
}
template <class S>
inline Vec<S> log1p_unit(Vec<S> f) {
  return log1p_from<S>(f, f / (f + 2));
}

// log(x): −inf at 0, NaN below.
template <class S>
inline Vec<S> log(Vec<S> x) {
  using K = Constants<S>;
  const Ints<S> tiny = x < K::smallest_normal;
  // The bits of 0 and of negative numbers would overflow below.
  const Vec<S> normal = x > 0 ? (tiny ? x * K::lift : x) : splat(S(1));
  const Ints<S> bits = bit_cast<Ints<S>>(normal);
  // The exponent that leaves a mantissa in [√½, √2).
  const Ints<S> root = bit_cast<Ints<S>>(splat(K::sqrt_half));
  const Ints<S> exponent = (bits - root) >> K::mantissa;
  const Vec<S> m = bit_cast<Vec<S>>(bits - (exponent << K::mantissa));
  const Vec<S> k = __builtin_convertvector(tiny ? exponent - K::lift_exponent : exponent, Vec<S>);
  Vec<S> y = k * K::ln2_high + (log1p_unit<S>(m - 1) + k * K::ln2_low);
  y = x == __builtin_inf() ? x : y;
  y = x == 0 ? splat(S(-__builtin_inf())) : y;
  return x >= 0 ? y : splat(S(__builtin_nan("")));
}

// log(1 − x) for x in [0, 1]: what 1 − x rounds away is put back.
template <class S>
inline Vec<S> log1m(Vec<S> x) {
  const Vec<S> u = 1 - x;
  return u == 0 ? splat(S(-__builtin_inf())) : log<S>(u) - (x - (1 - u)) / u;
}

template <class S>
inline Vec<S> tanh(Vec<S> x) {
  const Vec<S> e = expm1<S>(abs<S>(x) * -2);
  const Vec<S> y = -e / (e + 2);
  return x < 0 ? -y : y;
}

// One number, through the same instructions as a vector of them.
template <class S>
inline S log1(S x) {
  return log<S>(splat(x))[0];
}
template <class S>
inline S exp1(S x) {
  return exp<S>(splat(x))[0];
}

}  // namespace crossent::CROSSENT_ISA

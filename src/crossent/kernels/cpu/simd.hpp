// Vectors of one instruction set. Every kernel file is compiled once per instruction set, each time in a namespace of
// its own (CROSSENT_ISA), for vectors of CROSSENT_VECTOR_BYTES. GCC's and Clang's vector extensions do the arithmetic, so one
// text serves AVX-512, AVX2, SSE2 and NEON; intrinsics stand only where the extensions have no word for an instruction.
//
// Nothing of the C++ library that the compiler may leave out of line is used here: the linker keeps one copy of such a
// function for all instruction sets.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#if defined(__AVX2__) || defined(__AVX512F__)
#include <immintrin.h>
#endif

namespace crossent::CROSSENT_ISA {

template <class S>
struct Simd;

template <>
struct Simd<float> {
  typedef float V __attribute__((vector_size(CROSSENT_VECTOR_BYTES)));
  typedef int32_t I __attribute__((vector_size(CROSSENT_VECTOR_BYTES)));
  static constexpr int lanes = CROSSENT_VECTOR_BYTES / 4;
};

template <>
struct Simd<double> {
  typedef double V __attribute__((vector_size(CROSSENT_VECTOR_BYTES)));
  typedef int64_t I __attribute__((vector_size(CROSSENT_VECTOR_BYTES)));
  static constexpr int lanes = CROSSENT_VECTOR_BYTES / 8;
};

template <class S>
using Vec = typename Simd<S>::V;
template <class S>
using Ints = typename Simd<S>::I;
template <class S>
using Int = std::conditional_t<sizeof(S) == 4, int32_t, int64_t>;
template <class S>
constexpr int kLanes = Simd<S>::lanes;

template <class To, class From>
inline To bit_cast(const From& from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof(To));
  return to;
}

template <class S>
inline Vec<S> splat(S value) {
  // Minus zero stays what it is.
  return value - Vec<S>{};
}

template <class S>
inline Vec<S> load(const S* from) {
  Vec<S> v;
  std::memcpy(&v, from, sizeof(v));
  return v;
}

template <class S>
inline void store(S* to, Vec<S> v) {
  std::memcpy(to, &v, sizeof(v));
}

// The first n < lanes elements; `fill` in the others.
template <class S>
inline Vec<S> load_part(const S* from, int n, S fill) {
  Vec<S> v = splat(fill);
  for (int i = 0; i < n; ++i) v[i] = from[i];
  return v;
}

template <class S>
inline void store_part(S* to, Vec<S> v, int n) {
  for (int i = 0; i < n; ++i) to[i] = v[i];
}

#if defined(__AVX512F__)
template <>
inline Vec<float> load_part(const float* from, int n, float fill) {
  return _mm512_mask_loadu_ps(_mm512_set1_ps(fill), (__mmask16)((1u << n) - 1), from);
}
template <>
inline void store_part(float* to, Vec<float> v, int n) {
  _mm512_mask_storeu_ps(to, (__mmask16)((1u << n) - 1), v);
}
#endif

// 0, 1, 2, …
template <class S>
inline Ints<S> lane_numbers() {
  Ints<S> numbers;
  for (int i = 0; i < kLanes<S>; ++i) numbers[i] = i;
  return numbers;
}

// The first n lanes; 0 in the others.
template <class S>
inline Vec<S> first_lanes(Vec<S> v, int n) {
  return lane_numbers<S>() < Int<S>(n) ? v : Vec<S>{};
}

// Whether a comparison holds in some lane.
template <class S>
inline bool any(Ints<S> lanes) {
#if defined(__AVX512F__)
  return _mm512_test_epi32_mask(__m512i(lanes), __m512i(lanes)) != 0;
#elif defined(__AVX2__)
  return !_mm256_testz_si256(__m256i(lanes), __m256i(lanes));
#else
  int64_t parts[CROSSENT_VECTOR_BYTES / 8], all = 0;
  std::memcpy(parts, &lanes, sizeof(lanes));
  for (const int64_t part : parts) all |= part;
  return all != 0;
#endif
}

// Of two values one of which is NaN: the second.
template <class T>
inline T max(T a, T b) {
  return a > b ? a : b;
}
template <class T>
inline T min(T a, T b) {
  return a < b ? a : b;
}

// GCC makes two instructions of these choices.
#if defined(__AVX512F__)
inline Vec<float> max(Vec<float> a, Vec<float> b) { return _mm512_max_ps(a, b); }
inline Vec<float> min(Vec<float> a, Vec<float> b) { return _mm512_min_ps(a, b); }
inline Vec<double> max(Vec<double> a, Vec<double> b) { return _mm512_max_pd(a, b); }
inline Vec<double> min(Vec<double> a, Vec<double> b) { return _mm512_min_pd(a, b); }
#elif defined(__AVX2__)
inline Vec<float> max(Vec<float> a, Vec<float> b) { return _mm256_max_ps(a, b); }
inline Vec<float> min(Vec<float> a, Vec<float> b) { return _mm256_min_ps(a, b); }
inline Vec<double> max(Vec<double> a, Vec<double> b) { return _mm256_max_pd(a, b); }
inline Vec<double> min(Vec<double> a, Vec<double> b) { return _mm256_min_pd(a, b); }
#endif

template <class S>
inline Vec<S> abs(Vec<S> x) {
  // All bits but the sign.
  const Ints<S> bits = bit_cast<Ints<S>>(x) & ~bit_cast<Ints<S>>(splat(S(-0.0)));
  return bit_cast<Vec<S>>(bits);
}

// Rows to columns, in place.
template <class S>
inline void transpose(Vec<S> (&v)[kLanes<S>]) {
#if defined(__clang__)
  S copy[kLanes<S>][kLanes<S>];
  for (int i = 0; i < kLanes<S>; ++i) store(copy[i], v[i]);
  for (int i = 0; i < kLanes<S>; ++i)
    for (int j = 0; j < kLanes<S>; ++j) v[i][j] = copy[j][i];
#else
  // Swap ever smaller off-diagonal blocks.
  const Ints<S> lane = lane_numbers<S>();
#pragma GCC unroll 8
  for (int size = kLanes<S> / 2; size; size /= 2) {
    const Ints<S> upper = (lane & Int<S>(size)) != 0;
    const Ints<S> first = upper ? lane + Int<S>(kLanes<S> - size) : lane;
    const Ints<S> second = upper ? lane + Int<S>(kLanes<S>) : lane + Int<S>(size);
#pragma GCC unroll 16
    for (int i = 0; i < kLanes<S>; ++i)
      if (!(i & size)) {
        const Vec<S> a = v[i], b = v[i + size];
        v[i] = __builtin_shuffle(a, b, first);
        v[i + size] = __builtin_shuffle(a, b, second);
      }
  }
#endif
}

// Horizontal results, always in the same order.
template <class S>
inline S reduce_max(Vec<S> v) {
  S lanes[kLanes<S>];
  std::memcpy(lanes, &v, sizeof(v));
  for (int width = kLanes<S> / 2; width; width /= 2)
    for (int i = 0; i < width; ++i) lanes[i] = max(lanes[i], lanes[i + width]);
  return lanes[0];
}

template <class S>
inline S reduce_add(Vec<S> v) {
  S lanes[kLanes<S>];
  std::memcpy(lanes, &v, sizeof(v));
  for (int width = kLanes<S> / 2; width; width /= 2)
    for (int i = 0; i < width; ++i) lanes[i] += lanes[i + width];
  return lanes[0];
}

#if defined(__AVX512F__)
template <>
inline float reduce_max<float>(Vec<float> v) {
  return _mm512_reduce_max_ps(v);
}
template <>
inline float reduce_add<float>(Vec<float> v) {
  return _mm512_reduce_add_ps(v);
}
#endif

}  // namespace crossent::CROSSENT_ISA

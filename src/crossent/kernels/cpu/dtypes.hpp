// 16-bit floats as vectors of float, and back by round-to-nearest-even.
#pragma once

#include "problem.hpp"
#include "simd.hpp"

namespace crossent::CROSSENT_ISA {

struct BFloat16 {
  uint16_t bits;
};
struct Float16 {
  uint16_t bits;
};

// What values of a type are computed in.
template <class T>
struct Accumulate {
  using type = float;
};
template <>
struct Accumulate<double> {
  using type = double;
};
template <class T>
using Acc = typename Accumulate<T>::type;

typedef uint16_t Shorts __attribute__((vector_size(CROSSENT_VECTOR_BYTES / 2)));
typedef uint32_t Words __attribute__((vector_size(CROSSENT_VECTOR_BYTES)));

inline Vec<float> widen(const BFloat16* from) {
  Shorts s;
  std::memcpy(&s, from, sizeof(s));
  return bit_cast<Vec<float>>(__builtin_convertvector(s, Words) << 16);
}

inline void narrow(BFloat16* to, Vec<float> v) {
  const Words w = bit_cast<Words>(v);
  const Words rounded = (w + 0x7fff + ((w >> 16) & 1)) >> 16;
  // Rounding would carry a NaN into infinity or zero.
  const Words bits = v != v ? (w >> 16 | 0x40) : rounded;
  const Shorts s = __builtin_convertvector(bits, Shorts);
  std::memcpy(to, &s, sizeof(s));
}

inline Vec<float> widen(const Float16* from) {
#if defined(__AVX512F__)
  return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i*)from));
#elif defined(__F16C__)
  return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i*)from));
#else
  Shorts s;
  std::memcpy(&s, from, sizeof(s));
  const Words h = __builtin_convertvector(s, Words);
  // Exponent and mantissa shifted into place, then 2^112 for the difference of the biases: exact, subnormals too.
  const Words magnitude = (h & 0x7fff) << 13;
  const Vec<float> finite = bit_cast<Vec<float>>(magnitude) * 0x1p112f;
  const Words bits = (h & 0x7c00) == 0x7c00 ? magnitude | 0x7f800000 : bit_cast<Words>(finite);
  return bit_cast<Vec<float>>(bits | (h & 0x8000) << 16);
#endif
}

inline void narrow(Float16* to, Vec<float> v) {
#if defined(__AVX512F__)
  _mm256_storeu_si256((__m256i*)to, _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT));
#elif defined(__F16C__)
  _mm_storeu_si128((__m128i*)to, _mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT));
#else
  const Words w = bit_cast<Words>(v);
  const Words sign = w >> 16 & 0x8000, magnitude = w & 0x7fffffff;
  const Words normal = (magnitude - 0x38000000 + 0xfff + (magnitude >> 13 & 1)) >> 13;
  // Below 2^-14 the last kept bit is 2^-24: adding ½ puts it at the end of the float's mantissa, rounded.
  const Words small = bit_cast<Words>(bit_cast<Vec<float>>(magnitude) + 0.5f) - 0x3f000000;
  Words bits = magnitude < 0x38800000 ? small : normal;
  bits = magnitude >= 0x477ff000 ? Words{} + 0x7c00 : bits;
  bits = magnitude > 0x7f800000 ? Words{} + 0x7e00 : bits;
  const Shorts s = __builtin_convertvector(bits | sign, Shorts);
  std::memcpy(to, &s, sizeof(s));
#endif
}

inline Vec<float> widen(const float* from) { return load(from); }
inline Vec<double> widen(const double* from) { return load(from); }
inline void narrow(float* to, Vec<float> v) { store(to, v); }
inline void narrow(double* to, Vec<double> v) { store(to, v); }

// The first n < lanes elements, `fill` in the others.
template <class T>
inline Vec<Acc<T>> widen_part(const T* from, int n, Acc<T> fill) {
  if constexpr (sizeof(T) == sizeof(Acc<T>)) {
    return load_part(from, n, fill);
  } else {
    T whole[kLanes<Acc<T>>] = {};
    for (int i = 0; i < n; ++i) whole[i] = from[i];
    Vec<Acc<T>> v = widen(whole);
    for (int i = n; i < kLanes<Acc<T>>; ++i) v[i] = fill;
    return v;
  }
}

template <class T>
inline void narrow_part(T* to, Vec<Acc<T>> v, int n) {
  if constexpr (sizeof(T) == sizeof(Acc<T>)) {
    store_part(to, v, n);
  } else {
    T whole[kLanes<Acc<T>>];
    narrow(whole, v);
    for (int i = 0; i < n; ++i) to[i] = whole[i];
  }
}

// One element, through the same instructions.
template <class T>
inline Acc<T> widen1(const T* from) {
  if constexpr (sizeof(T) == sizeof(Acc<T>)) return *from;
  return widen_part(from, 1, Acc<T>(0))[0];
}

template <class T>
inline void narrow1(T* to, Acc<T> value) {
  narrow_part(to, splat(value), 1);
}

// A run of n elements, each step apart, to or from adjacent values of the accumulate type.
template <class T>
inline void widen_run(const T* from, int64_t step, Acc<T>* to, int64_t n) {
  constexpr int lanes = kLanes<Acc<T>>;
  int64_t i = 0;
  if (step == 1) {
    for (; i + lanes <= n; i += lanes) store(to + i, widen(from + i));
    if (i < n) store_part(to + i, widen_part(from + i, int(n - i), Acc<T>(0)), int(n - i));
  } else if (step == 0) {
    const Acc<T> value = widen1(from);
    for (; i < n; ++i) to[i] = value;
  } else {
    T near[lanes] = {};
    for (; i < n; i += lanes) {
      const int count = int(n - i < lanes ? n - i : lanes);
      for (int j = 0; j < count; ++j) near[j] = from[(i + j) * step];
      store_part(to + i, widen(near), count);
    }
  }
}

template <class T>
inline void narrow_run(const Acc<T>* from, T* to, int64_t step, int64_t n) {
  constexpr int lanes = kLanes<Acc<T>>;
  int64_t i = 0;
  if (step == 1)
    for (; i + lanes <= n; i += lanes) narrow(to + i, load(from + i));
  T near[lanes];
  for (; i < n; i += lanes) {
    const int count = int(n - i < lanes ? n - i : lanes);
    narrow(near, load_part(from + i, count, Acc<T>(0)));
    for (int j = 0; j < count; ++j) to[(i + j) * step] = near[j];
  }
}

// Call f with a value of the type that a dtype names.
template <class F>
inline auto with_type(DType dtype, F f) {
  switch (dtype) {
    case DType::float64:
      return f(double{});
    case DType::bfloat16:
      return f(BFloat16{});
    case DType::float16:
      return f(Float16{});
    case DType::uint8:
      return f(uint8_t{});
    case DType::int8:
      return f(int8_t{});
    case DType::int16:
      return f(int16_t{});
    case DType::int32:
      return f(int32_t{});
    case DType::int64:
      return f(int64_t{});
    default:
      return f(float{});
  }
}

inline int64_t size_of(DType dtype) {
  return with_type(dtype, [](auto type) { return int64_t(sizeof(type)); });
}

template <class T>
constexpr bool kIsShort = std::is_same_v<T, BFloat16> || std::is_same_v<T, Float16>;

// A run of n elements of any type, each step apart, to adjacent values of type A …
template <class A>
inline void read_run(DType dtype, const char* from, int64_t step, A* to, int64_t n) {
  with_type(dtype, [&](auto type) {
    using T = decltype(type);
    const T* source = reinterpret_cast<const T*>(from);
    if constexpr (std::is_same_v<Acc<T>, A> && (kIsShort<T> || std::is_same_v<T, A>)) {
      widen_run(source, step, to, n);
    } else if constexpr (kIsShort<T>) {
      for (int64_t i = 0; i < n; ++i) to[i] = widen1(source + i * step);
    } else {
      for (int64_t i = 0; i < n; ++i) to[i] = A(source[i * step]);
    }
  });
}

// … and back to elements of a floating point type.
template <class A>
inline void write_run(const A* from, DType dtype, char* to, int64_t step, int64_t n) {
  with_type(dtype, [&](auto type) {
    using T = decltype(type);
    T* target = reinterpret_cast<T*>(to);
    if constexpr (std::is_same_v<Acc<T>, A> && (kIsShort<T> || std::is_same_v<T, A>)) {
      narrow_run(from, target, step, n);
    } else if constexpr (kIsShort<T>) {
      for (int64_t i = 0; i < n; ++i) narrow1(target + i * step, float(from[i]));
    } else {
      for (int64_t i = 0; i < n; ++i) target[i * step] = T(from[i]);
    }
  });
}

// Call f with a pointer of the type that the dtype of an array of integers names.
template <class F>
inline auto with_integers(const void* data, DType dtype, F f) {
  switch (dtype) {
    case DType::uint8:
      return f(static_cast<const uint8_t*>(data));
    case DType::int8:
      return f(static_cast<const int8_t*>(data));
    case DType::int16:
      return f(static_cast<const int16_t*>(data));
    case DType::int32:
      return f(static_cast<const int32_t*>(data));
    default:
      return f(static_cast<const int64_t*>(data));
  }
}

}  // namespace crossent::CROSSENT_ISA

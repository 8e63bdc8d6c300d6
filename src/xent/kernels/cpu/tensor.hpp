// Reading and writing tensors of shape (outer, C, inner) in tiles of positions: in place where the memory is already what
// the loops want, through a scratch buffer in L1 where the type, the strides or a soft cap stand in between.
#pragma once

#include "dtypes.hpp"
#include "math.hpp"

namespace xent::XENT_ISA {

// Positions of a tile: large enough to hide the calls, small enough that a block of planes stays in L1 and L2.
constexpr int kTile = 256;
// Classes that are read at once: adjacent ones of a row, or planes of a tile.
constexpr int kRowBlock = 1024;
constexpr int kPlaneBlock = 32;
// Elements that are worth a task of their own; torch's own grain.
constexpr int64_t kGrain = 32768;

inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
inline int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

inline int threads_for(int64_t elements, int threads) {
  return int(larger(1, smaller(threads, elements / kGrain)));
}

template <class A>
constexpr DType kDType = sizeof(A) == 8 ? DType::float64 : DType::float32;

// n positions from number `first` of (outer, inner); `inner` positions lie inner-stride apart before the next outer.
struct Span {
  int64_t first;
  int n;
  int64_t inner;
};

// How positions are cut into tiles, and tiles into tasks: by the shape alone, never by the threads, so that sums are
// always formed in the same order.
struct Cut {
  bool rows;  // one position after the other, as its classes lie side by side
  int64_t positions, inner, tile, tiles, tiles_per_task;

  Cut(int64_t outer, int64_t classes, int64_t inner, int64_t class_stride)
      : rows(class_stride == 1 && classes > kPlaneBlock), positions(outer * inner), inner(inner) {
    tile = rows ? larger(1, smaller(kTile, kGrain / classes)) : kTile;
    tiles = (positions + tile - 1) / tile;
    tiles_per_task = larger(1, kGrain / larger(1, tile * classes));
  }
  Span span(int64_t number) const { return {number * tile, int(smaller(tile, positions - number * tile)), inner}; }
};

template <class F>
inline void for_runs(const Span& span, F f) {
  for (int done = 0; done < span.n;) {
    const int64_t position = span.first + done, o = position / span.inner, i = position % span.inner;
    const int run = int(smaller(span.n - done, span.inner - i));
    f(o, i, done, run);
    done += run;
  }
}

// Rows of `stride` elements, one per class (planes), or one row of classes.
template <class A>
struct Block {
  A* data;
  int64_t stride;
};

template <class A>
inline void cap_all(A* z, int64_t n, A cap) {
  for (int64_t i = 0; i < n; i += kLanes<A>) store(z + i, tanh<A>(load(z + i) / cap) * cap);
}

template <class A>
class Tensor {
 public:
  explicit Tensor(const Values& values, double softcap = 0)
      : v(values), bytes(size_of(values.dtype)), cap(A(softcap)), plain(values.dtype == kDType<A> && softcap == 0) {}

  bool present() const { return v.data != nullptr; }

  // n ≤ kRowBlock classes from c of one position. Scratch holds kRowBlock values.
  const A* read_row(int64_t o, int64_t i, int64_t c, int n, A* scratch) const {
    char* from = at(o, c, i);
    if (plain && v.cls == 1) return reinterpret_cast<const A*>(from);
    load_run(from, v.cls, scratch, n);
    if (cap != 0) cap_all(scratch, n, cap);
    return scratch;
  }

  // Where to write such a row, and then to have it written.
  A* row_buffer(int64_t o, int64_t i, int64_t c, A* scratch) const {
    return v.dtype == kDType<A> && v.cls == 1 ? reinterpret_cast<A*>(at(o, c, i)) : scratch;
  }
  void write_row(int64_t o, int64_t i, int64_t c, int n, const A* from) const {
    if (from != reinterpret_cast<A*>(at(o, c, i))) store_run(from, at(o, c, i), v.cls, n);
  }

  // Classes c … c + n of a tile, one plane of positions each. Scratch holds kPlaneBlock · kTile values.
  Block<const A> read_planes(const Span& span, int64_t c, int n, A* scratch) const {
    if (plain && in_place(span)) return {reinterpret_cast<const A*>(first(span, c)), v.cls};
    for_runs(span, [&](int64_t o, int64_t i, int done, int run) {
      if (run == 1 || (v.cls == 1 && v.inner != 1)) {
        A row[kPlaneBlock + kLanes<A>];
        for (int t = 0; t < run; ++t) {
          load_run(at(o, c, i + t), v.cls, row, n);
          for (int k = 0; k < n; ++k) scratch[k * kTile + done + t] = row[k];
        }
      } else {
        for (int k = 0; k < n; ++k) load_run(at(o, c + k, i), v.inner, scratch + k * kTile + done, run);
      }
    });
    if (cap != 0)
      for (int k = 0; k < n; ++k) cap_all(scratch + k * kTile, span.n, cap);
    return {scratch, kTile};
  }

  Block<A> plane_buffer(const Span& span, int64_t c, A* scratch) const {
    if (v.dtype == kDType<A> && in_place(span)) return {reinterpret_cast<A*>(first(span, c)), v.cls};
    return {scratch, kTile};
  }
  void write_planes(const Span& span, int64_t c, int n, const A* from) const {
    if (from == reinterpret_cast<A*>(first(span, c))) return;
    for_runs(span, [&](int64_t o, int64_t i, int done, int run) {
      if (run == 1 || (v.cls == 1 && v.inner != 1)) {
        A row[kPlaneBlock];
        for (int t = 0; t < run; ++t) {
          for (int k = 0; k < n; ++k) row[k] = from[k * kTile + done + t];
          store_run(row, at(o, c, i + t), v.cls, n);
        }
      } else {
        for (int k = 0; k < n; ++k) store_run(from + k * kTile + done, at(o, c + k, i), v.inner, run);
      }
    });
  }

  // n ≤ kRowBlock classes of one position, or one class of a tile's positions, all 0.
  void clear_row(int64_t o, int64_t i, int64_t c, int n) const {
    const A zeros[kRowBlock] = {};
    store_run(zeros, at(o, c, i), v.cls, n);
  }
  void clear_plane(const Span& span, int64_t c) const {
    const A zeros[kTile] = {};
    for_runs(span, [&](int64_t o, int64_t i, int, int run) { store_run(zeros, at(o, c, i), v.inner, run); });
  }

  A read1(int64_t o, int64_t c, int64_t i) const {
    if (plain) return *reinterpret_cast<const A*>(at(o, c, i));
    A z;
    load_run(at(o, c, i), 1, &z, 1);
    return cap == 0 ? z : tanh<A>(splat(z / cap))[0] * cap;
  }
  void write1(int64_t o, int64_t c, int64_t i, A value) const { store_run(&value, at(o, c, i), 1, 1); }

 private:
  char* at(int64_t o, int64_t c, int64_t i) const {
    return v.data + (o * v.outer + c * v.cls + i * v.inner) * bytes;
  }
  char* first(const Span& span, int64_t c) const { return at(span.first / span.inner, c, span.first % span.inner); }
  bool in_place(const Span& span) const {
    return v.inner == 1 && span.n % kLanes<A> == 0 && span.n <= span.inner - span.first % span.inner;
  }

  void load_run(const char* from, int64_t step, A* to, int64_t n) const { read_run(v.dtype, from, step, to, n); }
  void store_run(const A* from, char* to, int64_t step, int64_t n) const { write_run(from, v.dtype, to, step, n); }

  const Values v;
  const int64_t bytes;
  const A cap;
  const bool plain;
};

}  // namespace xent::XENT_ISA

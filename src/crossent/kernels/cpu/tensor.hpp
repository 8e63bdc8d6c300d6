// Reading and writing tensors of shape (outer, C, inner) in tiles of positions: in place where the memory is already what
// the loops want, through a scratch buffer in L1 where the type, the strides or a soft cap stand in between.
#pragma once

#include "dtypes.hpp"
#include "math.hpp"

namespace crossent::CROSSENT_ISA {

// Positions of a tile: large enough to hide the calls, small enough that a block of planes stays in L1 and L2.
constexpr int kTile = 256;
// Classes that are read at once: adjacent ones of a row (64 vectors: a lane then sums at most 64 terms before the sums
// are merged, which keeps the digits of long rows), or planes of a tile.
template <class A>
constexpr int kRowBlock = 64 * kLanes<A>;
constexpr int kPlaneBlock = 32;
// Elements of a tile of rows: what is kept of them fits in L1.
constexpr int kRowTile = 4096;
// Planes in a scratch buffer lie a cache line farther apart than they are long: powers of two apart, all would compete
// for the same few lines of L1.
constexpr int kPlaneStride = kTile + 16;
// Exponentials of one row that are kept until its sum is known: 128 KiB of float, in L2.
constexpr int kKept = 32768;
// Elements that are worth a task of their own; torch's own grain.
constexpr int64_t kGrain = 32768;

inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
inline int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

inline int threads_for(int64_t elements, int threads) {
  return int(larger(1, smaller(threads, (elements + kGrain - 1) / kGrain)));
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
    tile = rows ? larger(1, smaller(kTile, kRowTile / classes)) : kTile;
    tiles = (positions + tile - 1) / tile;
    tiles_per_task = larger(1, kGrain / larger(1, tile * classes));
  }
  Span span(int64_t number) const { return {number * tile, int(smaller(tile, positions - number * tile)), inner}; }
};

template <class F>
inline void for_runs(const Span& span, F f) {
  // One division for all runs: where every run is one position, it would take longer than the position.
  int64_t o = span.first / span.inner, i = span.first % span.inner;
  for (int done = 0; done < span.n; ++o, i = 0) {
    const int run = int(smaller(span.n - done, span.inner - i));
    f(o, i, done, run);
    done += run;
  }
}

template <class F>
inline void for_positions(const Span& span, F f) {
  for_runs(span, [&](int64_t o, int64_t i, int done, int run) {
    for (int t = 0; t < run; ++t) f(o, i + t, done + t);
  });
}

// Rows of `stride` elements, one per class (planes), or one row of classes.
template <class A>
struct Block {
  A* data;
  int64_t stride;
};

// The transform of logits: softcap · tanh(z / softcap) / temperature; a soft cap of 0 is off.
template <class A>
struct Transform {
  A cap, inverse;  // of the temperature: a division takes as long as an exponential

  bool changes() const { return cap != 0 || inverse != 1; }
  Vec<A> operator()(Vec<A> z) const { return cap == 0 ? z * inverse : tanh<A>(z / cap) * (cap * inverse); }
  void all(A* z, int64_t n) const {
    for (int64_t i = 0; i < n; i += kLanes<A>) store(z + i, (*this)(load(z + i)));
  }
};

template <class A>
class Tensor {
 public:
  explicit Tensor(const Values& values, double softcap = 0, double temperature = 1)
      : v(values),
        bytes(size_of(values.dtype)),
        transform{A(softcap), A(1 / temperature)},
        plain(values.dtype == kDType<A> && !transform.changes()) {}

  bool present() const { return v.data != nullptr; }
  char* at(int64_t o, int64_t c, int64_t i) const {
    return v.data + (o * v.outer + c * v.cls + i * v.inner) * bytes;
  }
  int64_t bytes_per_class() const { return v.cls * bytes; }

  // n ≤ kRowBlock<A> classes from c of one position. Scratch holds kRowBlock<A> values.
  const A* read_row(int64_t o, int64_t i, int64_t c, int n, A* scratch) const {
    char* from = at(o, c, i);
    if (plain && v.cls == 1) return reinterpret_cast<const A*>(from);
    if (v.dtype == kDType<A> && v.cls == 1 && transform.cap == 0) {
      // Divided on the way.
      const A* z = reinterpret_cast<const A*>(from);
      const int whole = n & ~(kLanes<A> - 1);
      for (int k = 0; k < whole; k += kLanes<A>) store(scratch + k, load(z + k) * transform.inverse);
      if (whole < n) store(scratch + whole, load_part(z + whole, n - whole, A(0)) * transform.inverse);
      return scratch;
    }
    load_run(from, v.cls, scratch, n);
    if (transform.changes()) transform.all(scratch, n);
    return scratch;
  }

  // Where to write such a row, and then to have it written.
  A* row_buffer(int64_t o, int64_t i, int64_t c, A* scratch) const {
    return v.dtype == kDType<A> && v.cls == 1 ? reinterpret_cast<A*>(at(o, c, i)) : scratch;
  }
  void write_row(int64_t o, int64_t i, int64_t c, int n, const A* from) const {
    if (from != reinterpret_cast<A*>(at(o, c, i))) store_run(from, at(o, c, i), v.cls, n);
  }

  // Classes c … c + n of a tile, one plane of positions each. Scratch holds kPlaneBlock · kPlaneStride values.
  Block<const A> read_planes(const Span& span, int64_t c, int n, A* scratch) const {
    if (plain && in_place(span)) return {reinterpret_cast<const A*>(first(span, c)), v.cls};
    if (by_rows(span)) {
      with_type(v.dtype, [&](auto type) { read_rows<decltype(type)>(span, c, n, scratch); });
    } else {
      for_runs(span, [&](int64_t o, int64_t i, int done, int run) {
        for (int k = 0; k < n; ++k) load_run(at(o, c + k, i), v.inner, scratch + k * kPlaneStride + done, run);
      });
    }
    if (transform.changes())
      for (int k = 0; k < n; ++k) transform.all(scratch + k * kPlaneStride, span.n);
    return {scratch, kPlaneStride};
  }

  Block<A> plane_buffer(const Span& span, int64_t c, A* scratch) const {
    if (v.dtype == kDType<A> && in_place(span)) return {reinterpret_cast<A*>(first(span, c)), v.cls};
    return {scratch, kPlaneStride};
  }
  void write_planes(const Span& span, int64_t c, int n, const A* from) const {
    if (from == reinterpret_cast<A*>(first(span, c))) return;
    if (by_rows(span)) {
      with_type(v.dtype, [&](auto type) { write_rows<decltype(type)>(span, c, n, from); });
    } else {
      for_runs(span, [&](int64_t o, int64_t i, int done, int run) {
        for (int k = 0; k < n; ++k) store_run(from + k * kPlaneStride + done, at(o, c + k, i), v.inner, run);
      });
    }
  }

  // n ≤ kRowBlock<A> classes of one position, or one class of a tile's positions, all 0.
  void clear_row(int64_t o, int64_t i, int64_t c, int n) const {
    const A zeros[kRowBlock<A>] = {};
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
    return transform.changes() ? transform(splat(z))[0] : z;
  }
  void write1(int64_t o, int64_t c, int64_t i, A value) const { store_run(&value, at(o, c, i), 1, 1); }

 private:
  char* first(const Span& span, int64_t c) const { return at(span.first / span.inner, c, span.first % span.inner); }
  bool in_place(const Span& span) const {
    return v.inner == 1 && span.n % kLanes<A> == 0 && span.n <= span.inner - span.first % span.inner;
  }

  // Whether the classes of a position lie side by side, or positions one by one: then planes are columns of rows.
  bool by_rows(const Span& span) const { return span.inner == 1 || (v.cls == 1 && v.inner != 1); }

  // Squares of rows, transposed in registers. Scratch rows beyond the n-th are not touched.
  template <class T>
  void read_rows(const Span& span, int64_t c, int n, A* scratch) const {
    for_squares(span, n, [&](int t, int rows, int k, int columns, char* const* row) {
      Vec<A> square[kLanes<A>] = {};
      for (int r = 0; r < rows; ++r) {
        A near[kLanes<A>] = {};
        const char* from = row[r] + (c + k) * v.cls * bytes;
        if constexpr (std::is_same_v<Acc<T>, A> && std::is_floating_point_v<T>)
          square[r] = v.cls != 1              ? (load_run(from, v.cls, near, columns), load(near))
                      : columns == kLanes<A> ? load(reinterpret_cast<const T*>(from))
                                             : load_part(reinterpret_cast<const T*>(from), columns, T(0));
        else
          load_run(from, v.cls, near, columns), square[r] = load(near);
      }
      transpose<A>(square);
      for (int j = 0; j < columns; ++j) store(scratch + (k + j) * kPlaneStride + t, square[j]);
    });
  }
  template <class T>
  void write_rows(const Span& span, int64_t c, int n, const A* from) const {
    for_squares(span, n, [&](int t, int rows, int k, int columns, char* const* row) {
      Vec<A> square[kLanes<A>] = {};
      for (int j = 0; j < columns; ++j) square[j] = load(from + (k + j) * kPlaneStride + t);
      transpose<A>(square);
      for (int r = 0; r < rows; ++r) {
        char* to = row[r] + (c + k) * v.cls * bytes;
        if constexpr (std::is_same_v<Acc<T>, A> && std::is_floating_point_v<T>)
          if (v.cls == 1) {
            if (columns == kLanes<A>) store(reinterpret_cast<T*>(to), square[r]);
            else store_part(reinterpret_cast<T*>(to), square[r], columns);
            continue;
          }
        A near[kLanes<A>];
        store(near, square[r]);
        store_run(near, to, v.cls, columns);
      }
    });
  }
  // f(first position of the tile, positions, first class, classes, addresses of class 0 of the positions)
  template <class F>
  void for_squares(const Span& span, int n, F f) const {
    char* row[kTile];
    for_positions(span, [&](int64_t o, int64_t i, int t) { row[t] = at(o, 0, i); });
    for (int t = 0; t < span.n; t += kLanes<A>)
      for (int k = 0; k < n; k += kLanes<A>) {
        // The last square overlaps the one before it rather than have a ragged edge: part of a vector is slow to write.
        const int start = n < kLanes<A> ? 0 : int(smaller(k, n - kLanes<A>));
        f(t, int(smaller(kLanes<A>, span.n - t)), start, int(smaller(kLanes<A>, n - start)), row + t);
      }
  }

  void load_run(const char* from, int64_t step, A* to, int64_t n) const { read_run(v.dtype, from, step, to, n); }
  void store_run(const A* from, char* to, int64_t step, int64_t n) const { write_run(from, v.dtype, to, step, n); }

  const Values v;
  const int64_t bytes;
  const Transform<A> transform;
  const bool plain;
};

}  // namespace crossent::CROSSENT_ISA

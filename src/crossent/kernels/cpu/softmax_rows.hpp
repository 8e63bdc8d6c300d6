// Positions whose classes lie side by side: vectors run along the classes.
#pragma once

#include "softmax_tile.hpp"

namespace crossent::CROSSENT_ISA {

// Beside n adjacent logits z: class weights w and probabilities p, where M needs them.
template <class A>
struct RowBlock {
  const A *z, *w, *p;
  int n;
};

// Σ e of n exponentials, and zeros up to a whole vector, without the largest, which is 1 and alone. Out of
// line, for the loops that call it seldom need the registers.
template <class A>
__attribute__((noinline)) A sum_below_one(const A* e, int n) {
  constexpr int lanes = kLanes<A>;
  const auto below = [](Vec<A> v) { return v < 1 ? v : Vec<A>{}; };
  // Four chains, for one would wait for itself.
  Vec<A> sums[4] = {};
  int c = 0;
  for (; c + 4 * lanes <= n; c += 4 * lanes)
    for (int k = 0; k < 4; ++k) sums[k] += below(load(e + c + k * lanes));
  for (; c < n; c += lanes) sums[0] += below(load(e + c));
  return reduce_add<A>((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

// The exponentials, measured from the block's own origin, go to `kept`, in whole vectors. With `writes` the memory that a gradient of
// `step` bytes per class will soon be written to is fetched: rows are read and written by turns, too short for the
// processor to see a stream in them.
template <class A, Mass M, bool stats, bool writes = false>
inline State<A> scan_row_block(const RowBlock<A>& row, const Smoothed<A>& smoothed, A* kept,
                               const char* soon = nullptr, int64_t step = 0) {
  constexpr int lanes = kLanes<A>;
  constexpr bool reads_p = M == Mass::probabilities;
  const bool reads_w = M == Mass::classes || (reads_p && smoothed.weighted);
  const int whole = row.n & ~(lanes - 1), rest = row.n - whole;

  // Two chains, for one would wait for itself. (A single sum does not: an exponential is longer than an addition.)
  Vec<A> high = splat(A(-__builtin_inf())), other = high;
  int c = 0;
  for (; c + 2 * lanes <= whole; c += 2 * lanes) {
    high = max(load(row.z + c), high);
    other = max(load(row.z + c + lanes), other);
  }
  if (c < whole) high = max(load(row.z + c), high);
  if (rest) other = max(load_part(row.z + whole, rest, A(-__builtin_inf())), other);

  State<A> state;
  state.max = splat(reduce_max<A>(max(high, other)));
  const Vec<A> origin = state.origin();
  Sums<A, M, stats> sums;
  for (c = 0; c < whole; c += lanes) {
    const Vec<A> e = sums.add(origin, load(row.z + c), reads_w ? load(row.w + c) : Vec<A>{},
                              reads_p ? load(row.p + c) : Vec<A>{}, smoothed);
    store(kept + c, e);
    if constexpr (writes) __builtin_prefetch(soon + c * step, 1);
  }
  if (rest) {
    Sums<A, M, stats> last;
    const Vec<A> e = last.add(origin, load_part(row.z + whole, rest, A(0)), reads_w ? load_part(row.w + whole, rest, A(0)) : Vec<A>{},
             reads_p ? load_part(row.p + whole, rest, A(0)) : Vec<A>{}, smoothed);
    sums += last.first(rest);
    store(kept + whole, first_lanes<A>(e, rest));
  }

  const A sum = reduce_add<A>(sums.sum);
  state.rest = splat(sum >= 1 && sum < 2 ? sum_below_one(kept, row.n) : sum - 1);
  if constexpr (M != Mass::none) state.distance = splat(reduce_add<A>(sums.distance));
  if constexpr (M == Mass::uniform) state.mass = splat(A(row.n));
  if constexpr (M >= Mass::classes) state.mass = splat(reduce_add<A>(sums.mass));
  if constexpr (stats) state.spread = splat(reduce_add<A>(sums.spread));
  return state;
}

// The first class of the highest logit, a NaN being the highest; `high` is the largest that is a number.
template <class A>
inline int first_highest(const A* z, int n, A high) {
  int found = -1;
  for (int c = 0; c < n; ++c) {
    if (z[c] != z[c]) return c;
    if (found < 0 && z[c] == high) found = c;
  }
  return found < 0 ? 0 : found;
}

// From the logits, or with `kept` from the exponentials that a scan has left there.
template <class A, Mass M, bool keep = false>
inline void write_row_block(const RowBlock<A>& row, const Slope<A>& slope, const Smoothed<A>& smoothed, A cap, A* out,
                            const A* kept = nullptr) {
  constexpr int lanes = kLanes<A>;
  constexpr bool reads_p = M == Mass::probabilities;
  const bool reads_w = M == Mass::classes || (reads_p && smoothed.weighted);
  const int whole = row.n & ~(lanes - 1), rest = row.n - whole;
  const auto grad = [&](Vec<A> z, Vec<A> e, Vec<A> w, Vec<A> p) {
    const Vec<A> plain = keep ? slope.template from_kept<M>(e, w, p, smoothed) : slope.template at<M>(z, w, p, smoothed);
    return cap == 0 ? plain : plain * (1 - (z / cap) * (z / cap));
  };
  for (int c = 0; c < whole; c += lanes)
    store(out + c, grad(load(row.z + c), keep ? load(kept + c) : Vec<A>{}, reads_w ? load(row.w + c) : Vec<A>{},
                        reads_p ? load(row.p + c) : Vec<A>{}));
  if (rest) {
    const auto part = [&](bool read, const A* from) { return read ? load_part(from + whole, rest, A(0)) : Vec<A>{}; };
    store_part(out + whole, grad(part(true, row.z), part(keep, kept), part(reads_w, row.w), part(reads_p, row.p)), rest);
  }
}

// The gradient to the probabilities: g · w_c · (lse − z_c), where g includes 1 − ε.
template <class A>
inline void write_row_target(const RowBlock<A>& row, Vec<A> max, Vec<A> log_sum, Vec<A> g, A* out) {
  for (int c = 0; c < row.n; c += kLanes<A>) {
    const int n = int(smaller(kLanes<A>, row.n - c));
    const Vec<A> z = load_part(row.z + c, n, A(0)), w = row.w ? load_part(row.w + c, n, A(0)) : splat(A(1));
    store_part(out + c, w == 0 ? Vec<A>{} : g * w * (log_sum + (max - z)), n);
  }
}

}  // namespace crossent::CROSSENT_ISA
